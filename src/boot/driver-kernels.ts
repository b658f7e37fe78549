/**
 * Test kernels with many drivers in them: one that does not compile, or with which the kernel does not start, is taken
 * out, and the others are tried without it.
 */
import { KnownError } from "../base/errors.js";
import type { Kbuild } from "../kernel/kbuild.js";
import type { KernelImage } from "./build.js";
import { CompileError } from "./compile-error.js";
import type { Inventory } from "./driver-devices.js";

/** A kernel that starts, with the drivers in it. */
export interface DriverKernel {
  readonly files: readonly string[];
  readonly image: KernelImage;
  readonly inventory: Inventory;
}

export type DriverKernelOrNot =
  | DriverKernel
  /** There is no kernel with this driver. */
  | { readonly file: string; readonly why: string };

/** Makes kernels and starts them. */
export interface KernelMaker {
  /** @throws KnownError when it does not compile */
  build(files: readonly string[], symbols: readonly string[]): Promise<KernelImage>;
  /** @throws KnownError when it does not start */
  start(image: KernelImage): Promise<Inventory>;
  readonly signal?: AbortSignal;
}

/**
 * Kernels with these drivers: one, or several where not all can be in one.
 * @param files C files
 * @param symbols to set beside; see `BuildRequest`
 * @throws the signal's reason when that is aborted.
 */
export async function* driverKernels(
  maker: KernelMaker,
  kbuild: Pick<Kbuild, "moduleOf">,
  files: readonly string[],
  symbols: readonly string[],
): AsyncGenerator<DriverKernelOrNot> {
  if (files.length === 0) return;
  let why: string;
  let culprits: readonly string[] = [];
  let isCompileError = false;
  try {
    const image = await maker.build(files, symbols);
    const out = image.drivers.flatMap(({ driver, why }) =>
      why !== undefined && files.includes(driver) ? [{ file: driver, why }] : [],
    );
    yield* out;
    const inside = files.filter((file) => !out.some((one) => one.file === file));
    if (inside.length > 0) yield { files: inside, image, inventory: await maker.start(image) };
    return;
  } catch (error) {
    maker.signal?.throwIfAborted();
    if (!(error instanceof KnownError)) throw error;
    why = error.message;
    if (error instanceof CompileError) {
      isCompileError = true;
      culprits = blamed(error.objects, files, kbuild);
    }
  }
  // what does not compile is none of the drivers, or it compiles and does not start
  const maybeSymbols = isCompileError ? culprits.length === 0 : files.length === 1;
  if (symbols.length > 0 && maybeSymbols) {
    yield* driverKernels(maker, kbuild, files, []);
    return;
  }
  if (files.length === 1) {
    yield { file: files[0]!, why };
    return;
  }
  if (culprits.length > 0 && culprits.length < files.length) {
    for (const file of culprits) yield { file, why };
    const others = files.filter((file) => !culprits.includes(file));
    yield* driverKernels(maker, kbuild, others, symbols);
    return;
  }
  const half = Math.ceil(files.length / 2);
  yield* driverKernels(maker, kbuild, files.slice(0, half), symbols);
  yield* driverKernels(maker, kbuild, files.slice(half), symbols);
}

/** The drivers whose modules have one of the objects. */
export function blamed(
  objects: readonly string[],
  files: readonly string[],
  kbuild: Pick<Kbuild, "moduleOf">,
): readonly string[] {
  const sources = new Set(objects.map((object) => `${object}.c`));
  return files.filter((file) =>
    (kbuild.moduleOf(file)?.files ?? [file]).some((source) => sources.has(source)),
  );
}
