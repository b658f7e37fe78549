/** One piece of compiling that any machine can do: plain data, so that it can be queued. */
import { UsageError } from "../../base/errors.js";
import { isInside } from "../../kernel/source.js";
import { architectureNamed } from "./architecture.js";

/** A kernel configuration: everything that can be a module is one, but for the symbols set here. */
export interface Configuration {
  /** A name of `ARCHITECTURES`. */
  readonly architecture: string;
  /** `y` or `n` by symbol, without CONFIG_, in the order of the symbols. */
  readonly set: readonly (readonly [symbol: string, value: "y" | "n"])[];
}

/** A C file that is not of the tree, compiled as if it were a module of its own. */
export interface Probe {
  /** `[\w-]+`; its object is `treewide-probe/NAME.o`. */
  readonly name: string;
  readonly text: string;
}

/** An object of the tree, and what must be on for Kbuild to make it. */
export interface Target {
  /** From the top of the tree: `drivers/ata/ahci.o`. */
  readonly object: string;
  /** Symbols, with CONFIG_. Kbuild would compile it without them too, and fail where they were needed. */
  readonly needs: readonly string[];
}

export interface BuildJob {
  readonly schema: "treewide.job/1";
  /** What `git fetch` takes; a path, when the worker is on the same machine. */
  readonly repository: string;
  /** Full name. */
  readonly commit: string;
  readonly configuration: Configuration;
  readonly targets: readonly Target[];
  readonly probes: readonly Probe[];
}

/** What became of one object. */
export interface ObjectResult {
  readonly object: string;
  readonly state: "built" | "failed" | "not-configured";
  /**
   * What the compiler and the tree's own checks said, with paths from the top of the tree; of what is not
   * configured, why.
   */
  readonly output: string;
  /** Indices into `JobResult.files` of what it was made from; empty unless built. */
  readonly dependencies: readonly number[];
}

export interface JobResult {
  readonly objects: readonly ObjectResult[];
  /** Files of the tree. */
  readonly files: readonly string[];
  /** The compiler's version line. */
  readonly compiler: string;
  /** Why nothing could be compiled at all; then there are no objects. */
  readonly unable?: string;
}

export const PROBE_FOLDER = "treewide-probe";

/** `x86_64 allmodconfig +FOO -PCI_MSI`: for people, and equal for equal configurations. */
export function configurationName({ architecture, set }: Configuration): string {
  const changes = set.map(([symbol, value]) => `${value === "y" ? "+" : "-"}${symbol}`);
  return [architecture, "allmodconfig", ...changes].join(" ");
}

/**
 * Checks what came over a network before anything is run for it.
 * @throws UsageError that says what is wrong with it.
 */
export function validJob(value: unknown): BuildJob {
  const job = value as BuildJob;
  const wrong =
    job?.schema !== "treewide.job/1"
      ? "no treewide.job/1"
      : typeof job.repository !== "string" || job.repository.startsWith("-")
        ? "no repository"
        : !/^[0-9a-f]{40,64}$/.test(job.commit)
          ? "no commit"
          : !architectureNamed(job.configuration.architecture)
            ? `unknown architecture ${job.configuration.architecture}`
            : !job.configuration.set.every(([name, to]) => /^\w+$/.test(name) && /^[yn]$/.test(to))
              ? "a symbol that is none"
              : !job.targets.every(({ object }) => isInside(object) && /^[\w./+,-]+\.o$/.test(object))
                ? "an object outside the tree"
                : !job.probes.every((probe) => /^[\w-]+$/.test(probe.name))
                  ? "a probe without a name"
                  : undefined;
  if (wrong) throw new UsageError(`a job that cannot be run: ${wrong}`);
  return job;
}
