/** Has objects compiled until every question is answered: at the commit, at its parent where that matters, elsewhere configured. */
import type { ProgressListener } from "../../base/progress.js";
import type { JobQueue } from "../queue/queue.js";
import type { Outcome, ResultCache } from "./cache.js";
import type { Configurations } from "./configurations.js";
import type { History } from "./history.js";
import { type BuildJob, configurationName, type JobResult } from "./job.js";
import { type Batch, plan, type Request, requestKey } from "./schedule.js";
import type { Subject } from "./subjects.js";

/** One subject, answered. */
export interface Verdict {
  readonly subject: Subject;
  /** Where it was compiled in the end. */
  readonly configuration: string;
  readonly state: "built" | "failed" | "not-compiled";
  readonly output: string;
  /** Of the parent; empty when the object is new there, or nothing was said at the commit. */
  readonly parentOutput: string;
  readonly parentFailed: boolean;
}

export interface CompileOptions {
  readonly queue: JobQueue;
  /** What workers fetch commits from. */
  readonly repository: string;
  readonly cache?: ResultCache;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Called for each subject as soon as it is answered. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

export interface CompileCounts {
  compiled: number;
  fromCache: number;
}

/** A subject that is not answered yet. */
interface Open {
  readonly subject: Subject;
  /** What is asked for it now, and in which other configurations it was asked before. */
  request: Request;
  readonly tried: Request[];
  readonly why: string[];
  /** What is to be done once the round ends. */
  step?: Step | undefined;
}

/** What is left to do for a subject once its request is answered. */
type Step = { readonly verdict: Verdict } | { readonly ask: Request; readonly instead?: string };

/** Answers all subjects. @returns the verdicts, in the order of the subjects, and how many compilations they took. */
export async function compileSubjects(
  subjects: readonly Subject[],
  history: History,
  configurations: Configurations,
  options: CompileOptions,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly counts: CompileCounts }> {
  const compiler = new Compiler(history, options);
  const verdicts = new Map<Subject, Verdict>();
  let open = subjects.map((subject): Open => ({ subject, request: subject.request, tried: [], why: [] }));
  const settle = () => {
    open = open.filter((one) => {
      one.step ??= stepOf(one, compiler, history, configurations);
      if (!one.step || !("verdict" in one.step)) return true;
      verdicts.set(one.subject, one.step.verdict);
      options.onVerdict?.(one.step.verdict);
      return false;
    });
  };
  let asked = open.map(({ request }) => request);
  while (open.length > 0) {
    await compiler.answer(asked, settle);
    settle();
    asked = open.map((one) => {
      const step = one.step as Extract<Step, { ask: Request }>; // all were answered, and these want more
      one.step = undefined;
      if (step.instead !== undefined) {
        one.tried.push(one.request);
        one.why.push(step.instead);
        one.request = step.ask;
      }
      return step.ask;
    });
  }
  return { verdicts: subjects.map((subject) => verdicts.get(subject)!), counts: compiler.counts };
}

/** @returns undefined while the request has no answer. */
function stepOf(
  { subject, request, tried, why }: Open,
  compiler: Compiler,
  history: History,
  configurations: Configurations,
): Step | undefined {
  const outcome = compiler.outcome(request);
  if (!outcome) return undefined;
  if (outcome.state === "not-configured") {
    const next = nextConfiguration(subject, request, [...tried, request], configurations);
    const reason = `${configurationName(request.configuration)}: ${outcome.output}`;
    if (next) return { ask: next, instead: reason };
    return { verdict: verdictOf(subject, request, { ...outcome, output: [...why, reason].join("; ") }) };
  }
  const silent = outcome.output === "" && outcome.state === "built";
  const parent = silent ? undefined : parentOf(request, history);
  const before = parent && compiler.outcome(parent);
  if (parent && !before) return { ask: parent };
  return { verdict: verdictOf(subject, request, outcome, before) };
}

function verdictOf(subject: Subject, request: Request, outcome: Outcome, before?: Outcome): Verdict {
  return {
    subject,
    configuration: configurationName(request.configuration),
    state: outcome.state === "not-configured" ? "not-compiled" : outcome.state,
    output: outcome.output,
    parentOutput: before?.output ?? "",
    parentFailed: before?.state === "failed",
  };
}

/** The same at the parent; undefined for what the commit adds. */
function parentOf(request: Request, history: History): Request | undefined {
  if (request.probe || history.blob(request.from[0]!, request.index - 1) === null) return undefined;
  return { ...request, index: request.index - 1 };
}

function nextConfiguration(
  { file, sampled, without, request: first }: Subject,
  request: Request,
  tried: readonly Request[],
  configurations: Configurations,
): Request | undefined {
  if (sampled || without || first.probe) return undefined;
  const known = new Set(tried.map(({ configuration }) => configurationName(configuration)));
  const next = configurations
    .candidates(file, request.target.needs)
    .find((one) => !known.has(configurationName(one)));
  return next && { ...request, configuration: next };
}

/**
 * What was compiled at another commit, with a header that is another one there, is compiled together with others that
 * the same header parts from it: most of a series lies between two commits that change one. If that does not do
 * either, then at its own commit.
 */
function again(request: Request, { state, files }: Outcome): Request {
  if (state !== "built" || request.learnt) return { ...request, exact: true };
  return { ...request, from: [...new Set([...request.from, ...files])], learnt: true };
}

class Compiler {
  readonly counts: CompileCounts = { compiled: 0, fromCache: 0 };
  private readonly outcomes = new Map<string, Outcome>();
  private readonly toolchains = new Map<string, string>();

  constructor(
    private readonly history: History,
    private readonly options: CompileOptions,
  ) {}

  outcome(request: Request): Outcome | undefined {
    return this.outcomes.get(requestKey(request));
  }

  /**
   * Answers requests, from the cache or by compiling; a result that does not hold is made again where it counts.
   * @param onAnswers is called whenever some were answered.
   */
  async answer(requests: readonly Request[], onAnswers: () => void): Promise<void> {
    const { queue, cache, signal, onProgress } = this.options;
    const unique = [...new Map(requests.map((request) => [requestKey(request), request])).values()];
    let open: Request[] = [];
    for (const request of unique) {
      if (this.outcome(request)) continue;
      const known = cache?.get(request, this.history, await this.toolchain(request));
      if (known) {
        this.counts.fromCache++;
        this.outcomes.set(requestKey(request), known);
      } else open.push(request);
    }
    if (open.length < unique.length) onAnswers();
    while (open.length > 0) {
      const batches = plan(open, this.history, await queue.width());
      const jobs = new Map(batches.map((batch) => [this.jobOf(batch), batch]));
      const again: Request[] = [];
      await queue.run([...jobs.keys()], {
        onResult: (job, result) => {
          again.push(...this.settle(jobs.get(job)!, result));
          onAnswers();
        },
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      open = again;
    }
  }

  /** Takes over what a job says. @returns requests for which it says nothing. */
  private settle({ index, requests }: Batch, result: JobResult): readonly Request[] {
    const byObject = new Map(result.objects.map((one) => [one.object, one]));
    this.counts.compiled += result.objects.filter(({ state }) => state !== "not-configured").length;
    return requests.flatMap((request) => {
      const found = byObject.get(request.target.object);
      const outcome: Outcome = found
        ? { ...found, files: found.dependencies.map((at) => result.files[at]!) }
        : { state: "not-configured", output: result.unable ?? "nothing was said about it", files: [] };
      if (request.index !== index && !this.holds(outcome, request, index)) return again(request, outcome);
      this.outcomes.set(requestKey(request), outcome);
      if (found && outcome.state !== "not-configured")
        this.options.cache?.put(
          request,
          this.history,
          this.toolchains.get(request.configuration.architecture) ?? "",
          outcome,
        );
      return [];
    });
  }

  private holds(outcome: Outcome, request: Request, index: number): boolean {
    if (outcome.state === "not-configured") return this.history.same([], request.index, index);
    return outcome.state === "built" && this.history.same(outcome.files, request.index, index);
  }

  private jobOf({ index, configuration, requests }: Batch): BuildJob {
    const targets = new Map(
      requests.filter(({ probe }) => !probe).map(({ target }) => [target.object, target]),
    );
    const probes = new Map(requests.flatMap(({ probe }) => (probe ? [[probe.name, probe]] : [])));
    return {
      schema: "treewide.job/1",
      repository: this.options.repository,
      commit: this.history.commits[index]!,
      configuration,
      targets: [...targets.values()],
      probes: [...probes.values()],
    };
  }

  private async toolchain({ configuration: { architecture } }: Request): Promise<string> {
    const known = this.toolchains.get(architecture) ?? (await this.options.queue.toolchain(architecture));
    this.toolchains.set(architecture, known);
    return known;
  }
}
