/**
 * Builds the test kernel and its module out of tree, in the cache. One folder of objects serves a tree and every
 * set of patches on it, so that a second core costs only what it changes, and one more its kernels with many drivers;
 * finished images are kept by what went into them.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { KnownError } from "../base/errors.js";
import { cacheFolder, writeFileAtomic } from "../base/files.js";
import { waitForLock } from "../base/lock.js";
import { folderFingerprint, mirrorFolder } from "../base/mirror.js";
import { run } from "../base/process.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { installed } from "../kernel/toolchain.js";
import { allCases, type CoreFeatures, coreFeatures } from "./cases.js";
import { compileError } from "./compile-error.js";
import { checkedDrivers, type DriverConfig, kernelConfig } from "./config.js";
import { renderCases, renderTreeHeader } from "./harness.js";
import { type Patch, patchedFiles } from "./patches.js";
import { sourceFiles } from "./source-files.js";
import { crossPrefix, requireTools } from "./tools.js";

export interface BuildRequest {
  /** A kernel tree on disk; it is only read. */
  readonly tree: string;
  readonly patches?: readonly Patch[];
  /** C files of drivers to build in. */
  readonly drivers?: readonly string[];
  /** Symbols to set beside, where the drivers do not need them unset. */
  readonly symbols?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Files of one bootable kernel, all in the cache. */
export interface KernelImage {
  readonly folder: string;
  readonly kernel: string;
  readonly module: string;
  readonly init: string;
  readonly systemMap: string;
  /** With line numbers, for addr2line. */
  readonly vmlinux: string;
  readonly core: CoreFeatures;
  readonly drivers: readonly DriverConfig[];
}

const templates = fileURLToPath(new URL("../../templates/boot/", import.meta.url));
const TEMPLATES = ["trace.c", "deferred.c", "harness.h", "Kbuild"] as const;
/**
 * What a folder in images/ holds when it is whole, and what the folders in it do: one for each harness, so that another
 * harness compiles no kernel.
 */
const KERNEL = ["bzImage", "vmlinux", "System.map", "config", "drivers.json"] as const;
const HARNESS = ["treewide.ko", "init"] as const;
/** To be raised when a harness that was built before may not fit its kernel. */
const MODULE_FORMAT = 2;

/**
 * The trace names callers by return addresses: a tail call would name the caller's caller, and two functions
 * merged into one the wrong driver. -g1 keeps line numbers and little else, for the places of failed allocations.
 */
const COMPILER_FLAGS = "-fno-optimize-sibling-calls -fno-ipa-icf -g1";

/** A kernel from nothing takes seven minutes on two slow cores, a driver up to two more; beyond an hour it hangs. */
const BUILD_LIMIT = 60 * 60_000;
const DRIVER_LIMIT = 2 * 60_000;

/**
 * Builds the kernel, or takes it from the cache.
 * @throws KnownError when tools are missing, a patch does not apply, or the compiler fails.
 */
export async function buildKernel(request: BuildRequest): Promise<KernelImage> {
  const progress = request.onProgress ?? noProgress;
  const tree = resolve(request.tree);
  if (!existsSync(join(tree, "Kconfig")))
    throw new KnownError(
      `${tree}: no kernel tree (it has no Kconfig)`,
      "name the folder of one, or get one with `treewide tree get 7.3`",
    );
  const replaced = await patchedFiles(tree, request.patches ?? []);
  const header =
    replaced.get("include/linux/pci.h") ?? readFileSync(join(tree, "include/linux/pci.h"), "utf8");
  const core = coreFeatures(header);
  const harness = harnessFiles(core);
  const config = kernelConfig(tree, request.drivers ?? [], request.symbols);
  const home = kernelCache(tree);
  const source = join(home, "source");
  const files = sourceFiles(tree);
  const key = hash(folderFingerprint(tree, files), [...replaced], config.fragment, COMPILER_FLAGS);
  const folder = join(home, "images", key);
  const own = join(folder, `harness-${hash(MODULE_FORMAT, [...harness])}`);
  const image = (): KernelImage => {
    markUsed(folder);
    return {
      folder,
      kernel: join(folder, "bzImage"),
      module: join(own, "treewide.ko"),
      init: join(own, "init"),
      systemMap: join(folder, "System.map"),
      vmlinux: join(folder, "vmlinux"),
      core,
      drivers: JSON.parse(readFileSync(join(folder, "drivers.json"), "utf8")),
    };
  };
  const isWhole = () => holds(folder, KERNEL) && holds(own, HARNESS);
  await requireTools();
  if (isWhole()) return image();
  mkdirSync(home, { recursive: true });
  // by another treewide, or ahead of the guests by this one
  const waiting = () =>
    progress({ task: "waiting for a kernel of this tree that is being built already", done: 0 });
  const unlock = await waitForLock(join(home, "build.lock"), waiting, request.signal);
  try {
    if (isWhole()) return image(); // the other has built it
    progress({ task: "copying the tree by links", done: 0 });
    mirrorFolder(tree, source, replaced, files);
    const kind = isOneOfMany(request) ? "-of-many" : "";
    const objects = join(home, `objects${kind}`);
    const modules = join(home, `module${kind}`);
    const build = new Build(source, objects, request);
    const finalConfig = await build.configure(config.fragment);
    if (!holds(folder, KERNEL)) {
      await build.make(["bzImage"], "compiling the kernel");
      keep<(typeof KERNEL)[number]>(folder, {
        bzImage: { from: join(objects, "arch/x86/boot/bzImage") },
        vmlinux: { from: join(objects, "vmlinux") },
        "System.map": { from: join(objects, "System.map") },
        config: { from: join(objects, ".config") },
        "drivers.json": { text: JSON.stringify(checkedDrivers(config, finalConfig)) },
      });
      forgetOldest(dirname(folder));
    }
    await build.make(["modules_prepare"], "compiling the test drivers");
    await build.module(modules, harness);
    keep<(typeof HARNESS)[number]>(own, {
      "treewide.ko": { from: join(modules, "treewide.ko") },
      init: { from: await compileInit(home) },
    });
    return image();
  } finally {
    unlock();
  }
}

/**
 * Names what decides how a driver fares in the guest: the tree's files by sizes and times, the patches on it, and the
 * programs of the guest.
 */
export function stateOfTree(tree: string, patches: readonly Patch[]): string {
  const programs = [...TEMPLATES, "init.c"].map((name) => readFileSync(join(templates, name), "utf8"));
  return hash(folderFingerprint(tree, sourceFiles(tree)), patches, programs, COMPILER_FLAGS);
}

/** The cache of a tree's kernels, and of what was learnt with them. */
export const kernelCache = (tree: string, ...parts: readonly string[]): string =>
  cacheFolder("boot", hash(resolve(tree)), ...parts);

const holds = (folder: string, names: readonly string[]) =>
  names.every((name) => existsSync(join(folder, name)));

/** The module's source: templates and what is generated for this core. */
function harnessFiles(core: CoreFeatures): ReadonlyMap<string, string> {
  return new Map([
    ...TEMPLATES.map((name): [string, string] => [name, readFileSync(join(templates, name), "utf8")]),
    ["init.c", readFileSync(join(templates, "init.c"), "utf8")],
    ["tree.h", renderTreeHeader(core)],
    ["cases.c", renderCases(allCases(core))],
  ]);
}

function hash(...parts: readonly unknown[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(JSON.stringify(part));
  return digest.digest("hex").slice(0, 16);
}

/**
 * Kernels with many drivers follow one another, much alike and unlike all others: in a folder of objects of their own none
 * of them is half compiled anew after another's. There each driver is compiled once, and what make compiles anew has
 * another configuration: ccache finds nothing, and costs a quarter of the compiler's time.
 */
const isOneOfMany = ({ symbols = [] }: BuildRequest): boolean => symbols.length > 0;

/** One make after the other on one folder of objects. */
export class Build {
  constructor(
    private readonly source: string,
    private readonly objects: string,
    private readonly request: BuildRequest,
  ) {}

  /** @returns the text of the finished .config. */
  async configure(fragment: string): Promise<string> {
    const path = join(this.objects, ".config");
    const wish = join(this.objects, "treewide.fragment");
    mkdirSync(this.objects, { recursive: true });
    if (!existsSync(path) || !existsSync(wish) || readFileSync(wish, "utf8") !== fragment) {
      await this.make(["tinyconfig"], "configuring the kernel");
      writeFileAtomic(path, readFileSync(path, "utf8") + fragment);
      await this.make(["olddefconfig"], "configuring the kernel");
      writeFileAtomic(wish, fragment);
    }
    return readFileSync(path, "utf8");
  }

  /**
   * Builds the trace module and the test drivers in a folder of their own, always anew: since Linux 6.13 make looks for
   * the configuration that a module depends on in the module's folder (`M=`), so that one whose `struct pci_dev` is
   * another kernel's would stay.
   */
  async module(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
    rmSync(folder, { recursive: true, force: true });
    for (const [name, text] of files) if (name !== "init.c") writeFileAtomic(join(folder, name), text);
    await this.make([`M=${folder}`, "KBUILD_MODPOST_WARN=1", "modules"], "compiling the test drivers");
  }

  /**
   * Makes targets of the kernel's Makefile.
   * @throws CompileError when make fails or does not come to its end; the signal's reason when that is aborted.
   */
  async make(targets: readonly string[], task: string): Promise<void> {
    const limit = BUILD_LIMIT + DRIVER_LIMIT * (this.request.drivers?.length ?? 0);
    let compiled = 0;
    const count = (chunk: Buffer) => {
      compiled += chunk.toString("latin1").match(/^\s+CC /gm)?.length ?? 0;
      this.request.onProgress?.({ task, done: compiled });
    };
    const compiler = `${crossPrefix}gcc`;
    const { status, stderr, timedOut } = await run(
      "nice",
      [
        "-n",
        "10",
        "make",
        `-j${availableParallelism()}`,
        "-C",
        this.source,
        `O=${this.objects}`,
        "ARCH=x86_64",
        ...(crossPrefix ? [`CROSS_COMPILE=${crossPrefix}`] : []),
        ...(installed("ccache") ? [`CC=ccache ${compiler}`] : []),
        `KCFLAGS=${COMPILER_FLAGS}`,
        ...targets,
      ],
      {
        accept: "any",
        timeout: limit,
        whenWeDie: "TERM", // make stops what it started
        ...(this.request.signal && { signal: this.request.signal }),
        onOutput: count,
        env: {
          MAKEFLAGS: undefined, // `make test` may be what started us
          MAKELEVEL: undefined,
          LC_ALL: "C", // compileError() reads what make, the compiler and the linker say
          LC_MESSAGES: "C", // the kernel's Makefile keeps LC_ALL from what it starts
          ...(isOneOfMany(this.request) && { CCACHE_DISABLE: "1" }), // the same command, or make would compile all anew
        },
      },
    );
    this.request.signal?.throwIfAborted();
    if (status === 0 && !timedOut) return;
    const why = timedOut ? `no end after ${limit / 60_000} minutes` : `make ended with ${status}`;
    throw compileError(task, why, stderr.toString("utf8"));
  }
}

async function compileInit(home: string): Promise<string> {
  const target = join(home, "init");
  await run(`${crossPrefix}gcc`, ["-Os", "-static", "-o", target, join(templates, "init.c")]);
  return target;
}

/** Puts finished files into the cache at once: half a folder is never found there. */
function keep<Name extends string>(
  folder: string,
  files: Readonly<Record<Name, { readonly from: string } | { readonly text: string }>>,
): void {
  const temporary = `${folder}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  try {
    mkdirSync(temporary, { recursive: true });
    for (const [name, file] of Object.entries<{ readonly from: string } | { readonly text: string }>(files)) {
      if ("text" in file) writeFileAtomic(join(temporary, name), file.text);
      else copyFileSync(file.from, join(temporary, name));
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Images take some 50 MB each, more with many drivers: the newest stay, enough for every core of a series and a few
 * drivers, and those that were used within a day, which another treewide may be booting still.
 */
const IMAGES_KEPT = 12;
const DAY = 24 * 3600_000;

function markUsed(folder: string): void {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch {
    // another user's cache: it is theirs to forget
  }
}

/** Removes the images of a cache folder that have not been used for longest. */
export function forgetOldest(folder: string): void {
  const used = (image: string) => statSync(image, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const images = readdirSync(folder).map((name) => join(folder, name));
  const byAge = images.map((path) => ({ path, at: used(path) })).sort((a, b) => b.at - a.at);
  for (const { path, at } of byAge.slice(IMAGES_KEPT))
    if (Date.now() - at > DAY) rmSync(path, { recursive: true, force: true });
}
