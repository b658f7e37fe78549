/**
 * Where objects are compiled: a checkout of our own beside a repository, and one folder of objects for each
 * configuration. Between commits make builds again only what differs.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { KnownError } from "../../base/errors.js";
import { makeFolder, writeFileAtomic } from "../../base/files.js";
import { waitForLock } from "../../base/lock.js";
import { run } from "../../base/process.js";
import { noProgress, type ProgressListener } from "../../base/progress.js";
import { checkOut } from "../../kernel/checkout.js";
import { git } from "../../kernel/git.js";
import { installed, missingPackages } from "../../kernel/toolchain.js";
import {
  type Architecture,
  architectureNamed,
  BUILD_HEADERS,
  BUILD_PROGRAMS,
  crossPrefix,
  missingCompiler,
} from "./architecture.js";
import { configure } from "./config.js";
import { dependenciesOf } from "./dependencies.js";
import { type BuildJob, configurationName, type JobResult, type ObjectResult, PROBE_FOLDER } from "./job.js";
import { type MakeLog, parseMakeLog, startedIn } from "./log.js";

export interface BuildOptions {
  /** make's -j. Default: the machine's processors. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** One make may take long, on a slow machine and for many objects; three hours mean that it hangs. */
const LIMIT = 3 * 60 * 60_000;
/** How often the log of a running make is looked at, in milliseconds. */
const LOOK = 500;

export class Workshop {
  /** @param home a folder of ours, for this repository alone. */
  constructor(
    private readonly repository: string,
    private readonly home: string,
  ) {}

  /** The commit's files; they stay as they are for as long as nobody builds. */
  async checkOut(commit: string): Promise<string> {
    makeFolder(this.home);
    return await checkOut(this.repository, commit, this.home);
  }

  /** One process at a time works here. @returns what gives the place back. */
  async open(options: BuildOptions): Promise<() => void> {
    makeFolder(this.home);
    const progress = options.onProgress ?? noProgress;
    const waiting = () =>
      progress({ task: "waiting for another treewide that compiles this repository", done: 0 });
    return await waitForLock(join(this.home, "lock"), waiting, options.signal);
  }

  /**
   * Compiles a job's objects. The caller holds the place.
   * @throws KnownError when programs are missing, which it names, or the disk is full.
   */
  async build(job: BuildJob, options: BuildOptions): Promise<JobResult> {
    const architecture = architectureNamed(job.configuration.architecture)!;
    await requireTools(architecture);
    const source = resolve(await this.checkOut(job.commit));
    return await new Build(job, architecture, source, this.objectFolder(job), options).run(
      kconfigState(this.repository, job.commit),
    );
  }

  private objectFolder(job: BuildJob): string {
    const name = configurationName(job.configuration);
    const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
    return resolve(this.home, `${job.configuration.architecture}-${hash}`);
  }
}

/** @throws KnownError with the apt line when something is missing. */
async function requireTools(architecture: Architecture): Promise<void> {
  const compiler = missingCompiler(architecture);
  const missing = await missingPackages([...BUILD_PROGRAMS, ...(compiler ? [compiler] : [])], BUILD_HEADERS);
  if (missing.length > 0)
    throw new KnownError(
      `compiling for ${architecture.name} needs what is not installed here: ${missing.join(", ")}`,
      `apt-get install ${missing.join(" ")}`,
    );
}

/** Names the state of all Kconfig files of a commit. */
function kconfigState(repository: string, commit: string): string {
  const entries = git(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]).stdout.toString("latin1");
  const kconfig = entries.split("\0").filter((entry) => /\/Kconfig[^/]*$|\tKconfig$/.test(entry));
  return createHash("sha256").update(kconfig.join("\n")).digest("hex");
}

/** One job in one folder of objects. */
class Build {
  private readonly log: string;

  constructor(
    private readonly job: BuildJob,
    private readonly architecture: Architecture,
    private readonly source: string,
    private readonly objects: string,
    private readonly options: BuildOptions,
  ) {
    this.log = join(objects, "treewide.log");
  }

  async run(kconfig: string): Promise<JobResult> {
    const compiler = await this.compilerVersion();
    mkdirSync(this.objects, { recursive: true });
    const nothing: JobResult = { objects: [], files: [], compiler };
    let broken = "";
    const configured = await configure(
      this.objects,
      this.job.configuration,
      this.architecture,
      `${kconfig} ${compiler}`,
      async (args, task) => {
        const { status } = await this.make(args, task);
        if (status === 0) return true;
        broken = readFileSync(this.log, "utf8").replaceAll(`${this.source}/`, "");
        return false;
      },
    );
    if (broken) return { ...nothing, objects: this.allFailed(broken) };
    if (typeof configured === "string") return { ...nothing, unable: configured };
    const files = new Map<string, number>();
    const results: ObjectResult[] = [];
    const wanted: string[] = [];
    for (const { object, needs } of this.job.targets) {
      const off = needs.filter((symbol) => !configured.has(symbol));
      if (off.length === 0) wanted.push(object);
      else results.push(left(object, `${off.join(", ")} off`));
    }
    if (wanted.length > 0) {
      for (const object of wanted) rmSync(join(this.objects, object), { force: true });
      // kernel-doc runs over all files at once (style.ts), not by make on each again
      await this.make(
        ["W=1", "cmd_checkdoc=", ...wanted],
        `compiling for ${configurationName(this.job.configuration)}`,
      );
      const log = parseMakeLog(readFileSync(this.log, "utf8"), this.source);
      for (const object of wanted) results.push(this.result(object, log, files));
    }
    results.push(...(await this.probes(files)));
    return { objects: results, files: [...files.keys()], compiler };
  }

  /** No object can be compiled where the configuration cannot be made. */
  private allFailed(output: string): readonly ObjectResult[] {
    const { targets, probes } = this.job;
    const names = [
      ...targets.map(({ object }) => object),
      ...probes.map(({ name }) => `${PROBE_FOLDER}/${name}.o`),
    ];
    return names.map((object) => ({ object, state: "failed", output, dependencies: [] }));
  }

  /** Compiles the probes as a module outside of the tree (Documentation/kbuild/modules.rst). */
  private async probes(files: Map<string, number>): Promise<readonly ObjectResult[]> {
    const { probes } = this.job;
    if (probes.length === 0) return [];
    const folder = join(this.objects, PROBE_FOLDER);
    rmSync(folder, { recursive: true, force: true });
    for (const { name, text } of probes) writeFileAtomic(join(folder, `${name}.c`), text);
    writeFileAtomic(join(folder, "Kbuild"), `obj-m := ${probes.map(({ name }) => `${name}.o`).join(" ")}\n`);
    await this.make(["modules_prepare"], "preparing for probes");
    await this.make([`M=${folder}`, ...probes.map(({ name }) => `${name}.o`)], "compiling probes");
    const log = parseMakeLog(readFileSync(this.log, "utf8").replaceAll(`${folder}/`, ""), this.source);
    return probes.map(({ name }) => ({
      ...this.result(`${PROBE_FOLDER}/${name}.o`, log, files, `${name}.o`),
      object: `${PROBE_FOLDER}/${name}.o`,
    }));
  }

  /** @param known the object's name in the log. */
  private result(object: string, log: MakeLog, files: Map<string, number>, known = object): ObjectResult {
    const output = log.output.get(known) ?? "";
    if (!existsSync(join(this.objects, object))) {
      if (log.noRule.has(known)) return left(object, "no makefile of the tree has a rule for it");
      return { object, state: "failed", output: output || log.rest, dependencies: [] };
    }
    const dependencies = dependenciesOf(this.source, this.objects, object, this.architecture.folder);
    const indices = dependencies.map((path) => {
      const index = files.get(path) ?? files.size;
      files.set(path, index);
      return index;
    });
    return { object, state: "built", output, dependencies: indices };
  }

  private async compilerVersion(): Promise<string> {
    const { stdout } = await run(`${crossPrefix(this.architecture)}gcc`, ["--version"], {
      env: { LC_ALL: "C" },
    });
    return stdout.toString("utf8").split("\n")[0]!;
  }

  private async make(args: readonly string[], task: string): Promise<{ readonly status: number }> {
    const { jobs, signal, onProgress = noProgress } = this.options;
    const cross = crossPrefix(this.architecture);
    const objects = new Set(args.filter((arg) => arg.endsWith(".o")));
    const tell = (done: number) =>
      onProgress({ task, done, ...(objects.size > 0 && { total: objects.size }) });
    const look = () => tell(existsSync(this.log) ? startedIn(readFileSync(this.log, "latin1"), objects) : 0);
    tell(0);
    const timer = setInterval(look, LOOK);
    try {
      const result = await run(
        "nice",
        [
          ...[
            "-n",
            "10",
            "make",
            "--keep-going",
            "--output-sync=target",
            `-j${jobs ?? availableParallelism()}`,
          ],
          ...["-C", this.source, `O=${this.objects}`, `ARCH=${this.architecture.make}`],
          ...(cross ? [`CROSS_COMPILE=${cross}`] : []),
          ...(installed("ccache") ? [`CC=ccache ${cross}gcc`] : []),
          ...args,
        ],
        {
          log: this.log,
          accept: "any",
          whenWeDie: "TERM",
          timeout: LIMIT,
          ...(signal && { signal }),
          env: {
            MAKEFLAGS: undefined,
            MAKELEVEL: undefined,
            KCFLAGS: undefined,
            LC_ALL: "C",
            LC_MESSAGES: "C", // the kernel's Makefile keeps LC_ALL from what it starts
          },
        },
      );
      signal?.throwIfAborted();
      if (result.timedOut) throw new KnownError(`make ${args.join(" ")}: no end after three hours`);
      return result;
    } finally {
      clearInterval(timer);
    }
  }
}

const left = (object: string, why: string): ObjectResult => ({
  object,
  state: "not-configured",
  output: why,
  dependencies: [],
});
