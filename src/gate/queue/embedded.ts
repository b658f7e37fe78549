/** Jobs done in this process, one after the other: make has the processors. */
import { KnownError } from "../../base/errors.js";
import { run } from "../../base/process.js";
import { architectureNamed, crossPrefix, missingCompiler } from "../check/architecture.js";
import type { BuildOptions, Workshop } from "../check/workshop.js";
import type { JobQueue } from "./queue.js";

/** @param workshop open, and ours until the queue is closed. */
export function embeddedQueue(workshop: Workshop, options: Pick<BuildOptions, "jobs">): JobQueue {
  return {
    run: async (jobs, { onResult, ...rest }) => {
      for (const job of jobs) {
        rest.signal?.throwIfAborted();
        const missing = missingCompiler(architectureNamed(job.configuration.architecture)!);
        const nothing = { objects: [], files: [], compiler: "none" };
        onResult(
          job,
          missing
            ? { ...nothing, unable: `${missing.name} is not installed: apt-get install ${missing.apt}` }
            : await workshop.build(job, { ...options, ...rest }),
        );
      }
    },
    width: async () => 1,
    toolchain: (architecture) => compilerVersion(architecture),
    close: async () => {},
  };
}

/** The first line of what the compiler for an architecture says of itself; "none" when there is none. */
export async function compilerVersion(architecture: string): Promise<string> {
  try {
    const compiler = `${crossPrefix(architectureNamed(architecture)!)}gcc`;
    const { stdout } = await run(compiler, ["--version"], { env: { LC_ALL: "C" } });
    return stdout.toString("utf8").split("\n")[0]!;
  } catch (error) {
    if (error instanceof KnownError) return "none";
    throw error;
  }
}
