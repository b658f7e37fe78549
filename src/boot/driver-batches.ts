/**
 * Which drivers share a test kernel when many are to be tried: as many as a build bears, managed ones first, and those
 * whose build is huge each in a kernel of its own, last.
 */
import type { FoundDriver } from "../audit/drivers.js";
import { type Kbuild, kbuildOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";

/**
 * A driver costs its boots, so that a kernel may hold many; but one that does not compile or boot costs a build more, and
 * every boot registers them all. Two dozen drivers start in the time of two without.
 */
const DRIVERS = 24;
/**
 * Sources of the drivers' own modules in one kernel: some minutes of compiling on two cores. Who has more is compiled alone,
 * when the others have been tried: in 7.3 amdgpu with over a thousand, xe, i915 and a few more.
 */
const SOURCES = 150;

/** C files of drivers, in kernels; what is first is built first. */
export function driverBatches(found: readonly FoundDriver[], tree: Tree): readonly (readonly string[])[] {
  const kbuild = kbuildOf(tree);
  const files = [...new Set(found.map(({ variable }) => variable.file.path))];
  const managed = new Set(found.filter(isManaged).map(({ variable }) => variable.file.path));
  const sized = files.map((file) => ({ file, size: sourcesOf(kbuild, file) }));
  const small = sized.filter(({ size }) => size <= SOURCES).sort((a, b) => (a.file < b.file ? -1 : 1));
  const huge = sized.filter(({ size }) => size > SOURCES).sort((a, b) => a.size - b.size);
  return [
    ...filled(small.filter(({ file }) => managed.has(file))),
    ...filled(small.filter(({ file }) => !managed.has(file))),
    ...huge.map(({ file }) => [file]),
  ];
}

/** Each into the first kernel that has room. */
function filled(sized: readonly { readonly file: string; readonly size: number }[]): string[][] {
  const batches: { readonly files: string[]; size: number }[] = [];
  for (const { file, size } of sized) {
    const room = batches.find((batch) => batch.files.length < DRIVERS && batch.size + size <= SOURCES);
    if (room) {
      room.files.push(file);
      room.size += size;
    } else batches.push({ files: [file], size });
  }
  return batches.map(({ files }) => files);
}

/** Sources of the file's module. */
function sourcesOf(kbuild: Kbuild, file: string): number {
  return kbuild.moduleOf(file)?.files.length ?? 1;
}

/** Some code that the driver reaches enables the device so that devres disables it. */
function isManaged({ reach }: FoundDriver): boolean {
  return [...reach].some(({ file, open, close }) =>
    /\bpcim_enable_device\w*\s*\(/.test(file.text.slice(file.tokens.starts[open], file.tokens.starts[close])),
  );
}
