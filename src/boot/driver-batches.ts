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
 * Sources of the drivers' own modules in one kernel: some ten minutes of compiling on two cores. In 7.3, amdgpu alone has
 * more: over a thousand.
 */
const SOURCES = 400;

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

function filled(sized: readonly { readonly file: string; readonly size: number }[]): string[][] {
  const batches: string[][] = [];
  let total = 0;
  for (const { file, size } of sized) {
    const last = batches.at(-1);
    if (last && last.length < DRIVERS && total + size <= SOURCES) {
      last.push(file);
      total += size;
    } else {
      batches.push([file]);
      total = size;
    }
  }
  return batches;
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
