/** Checks every commit of a line: compiles what it reaches, compares warnings, runs the tree's own checkers. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { cacheFolder, writeFileAtomic } from "../../base/files.js";
import type { ProgressListener } from "../../base/progress.js";
import { git } from "../../kernel/git.js";
import { openTree } from "../../kernel/tree.js";
import type { JobQueue } from "../queue/queue.js";
import { ResultCache } from "./cache.js";
import { type CompileCounts, compileSubjects, type Verdict } from "./compile.js";
import { Configurations } from "./configurations.js";
import { diagnosticsIn, newDiagnostics } from "./diagnostic.js";
import { History } from "./history.js";
import { undeclaredIn } from "./stubs.js";
import { checkStyle, type StyleFinding, type StyleResult } from "./style.js";
import { type Subject, type Subjects, subjectsOf } from "./subjects.js";
import { Workshop } from "./workshop.js";

export interface CheckRequest {
  readonly repository: string;
  /** The base and the commits on it, oldest first, full names. */
  readonly commits: readonly string[];
  /** What workers fetch from; the repository itself by default. */
  readonly remote?: string;
  readonly includers: number;
  readonly cache: boolean;
  /** Opens what does the jobs. The workshop is open, and this process' own. */
  readonly openQueue: (workshop: Workshop) => Promise<JobQueue>;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Called for each commit as soon as all is known of it. */
  readonly onCommit?: (result: CommitResult, done: number, total: number) => void;
}

export interface Finding {
  readonly tool: "compiler" | "objtool" | "stub" | StyleFinding["tool"];
  readonly severity: "error" | "warning" | "note";
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** Where it was seen, for what was compiled. */
  readonly configuration?: string;
  /** The whole output. */
  readonly log?: string;
}

export interface CheckedObject {
  readonly object: string;
  readonly file: string;
  readonly why: string;
  readonly configuration: string;
  /** `failed-before`: at the parent too. */
  readonly state: "built" | "failed" | "failed-before" | "not-compiled";
  /** Why it was not compiled. */
  readonly reason?: string;
}

export interface CommitResult {
  readonly commit: string;
  readonly subject: string;
  readonly objects: readonly CheckedObject[];
  readonly skipped: readonly { readonly file: string; readonly why: string }[];
  readonly findings: readonly Finding[];
}

export interface CheckResult {
  readonly repository: string;
  readonly base: string;
  readonly commits: readonly CommitResult[];
  /** Checks that could not be done at all. */
  readonly missing: readonly string[];
  readonly counts: CompileCounts;
}

/**
 * Checks a line of commits. The repository is only read; everything is done in a checkout of our own in the cache.
 * @throws KnownError when programs are missing, the queue is lost, or the check is interrupted.
 */
export async function check(request: CheckRequest): Promise<CheckResult> {
  const { signal, onProgress } = request;
  const repository = resolve(request.repository);
  const home = createHash("sha256").update(repository).digest("hex").slice(0, 16);
  const workshop = new Workshop(repository, cacheFolder("check", home));
  const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const leave = await workshop.open(options);
  let queue: JobQueue | undefined;
  let cache: ResultCache | undefined;
  let style: Promise<StyleResult> | undefined;
  const stop = new AbortController();
  try {
    queue = await request.openQueue(workshop);
    cache = request.cache ? new ResultCache() : undefined;
    onProgress?.({ task: "reading the commits", done: 0 });
    const history = new History(repository, request.commits);
    openTree({ kind: "revision", repository, revision: request.commits.at(-1)! }); // before 90,000 files are written
    const source = await workshop.checkOut(request.commits.at(-1)!);
    const tree = openTree({ kind: "folder", path: source });
    const configurations = new Configurations(tree);
    style = checkStyle(history, source, AbortSignal.any([...(signal ? [signal] : []), stop.signal]));
    style.catch(() => {}); // told below
    if (changesScripts(history)) await style;
    onProgress?.({ task: "finding what to compile", done: 0 });
    const { subjects, skipped } = await subjectsOf(history, tree, configurations, request);
    const finished = new FinishedCommits(request, subjects, skipped);
    style.then(({ findings }) => finished.styled(findings)).catch(() => {}); // told below
    const { counts } = await compileSubjects(subjects, history, configurations, {
      ...options,
      queue,
      repository: request.remote ?? repository,
      onVerdict: (verdict) => finished.answered(verdict),
      ...(cache && { cache }),
    });
    onProgress?.({ task: "running checkpatch and kernel-doc", done: 0 });
    const { findings, missing } = await style;
    finished.styled(findings);
    signal?.throwIfAborted();
    return { repository, base: request.commits[0]!, commits: finished.results(), missing, counts };
  } finally {
    stop.abort();
    await style?.catch(() => {});
    cache?.close();
    await queue?.close();
    leave();
  }
}

/** Puts together what is known of each commit, and tells of it when that is all. */
class FinishedCommits {
  /** By index in the history. */
  private readonly done = new Map<number, CommitResult>();
  private readonly verdicts = new Map<Subject, Verdict>();
  private readonly subjects = new Map<number, Subject[]>();
  private style: StyleResult["findings"] | undefined;

  constructor(
    private readonly request: CheckRequest,
    subjects: readonly Subject[],
    private readonly skipped: Subjects["skipped"],
  ) {
    for (const subject of subjects) {
      const { index } = subject.request;
      this.subjects.set(index, [...(this.subjects.get(index) ?? []), subject]);
    }
  }

  answered(verdict: Verdict): void {
    this.verdicts.set(verdict.subject, verdict);
    this.look(verdict.subject.request.index);
  }

  styled(findings: StyleResult["findings"]): void {
    if (this.style) return;
    this.style = findings;
    for (let index = 1; index < this.request.commits.length; index++) this.look(index);
  }

  /** All commits, oldest first, once everything is answered. */
  results(): readonly CommitResult[] {
    return this.request.commits.slice(1).map((_, at) => this.done.get(at + 1)!);
  }

  private look(index: number): void {
    const own = (this.subjects.get(index) ?? []).map((subject) => this.verdicts.get(subject));
    if (!this.style || own.includes(undefined) || this.done.has(index)) return;
    const result = this.resultOf(index, own as readonly Verdict[], this.style.get(index) ?? []);
    this.done.set(index, result);
    this.request.onCommit?.(result, this.done.size, this.request.commits.length - 1);
  }

  private resultOf(index: number, own: readonly Verdict[], style: readonly StyleFinding[]): CommitResult {
    const commit = this.request.commits[index]!;
    const { stdout } = git(this.request.repository, ["log", "-1", "--format=%s", commit]);
    return {
      commit,
      subject: stdout.toString("utf8").trim(),
      objects: own
        .filter((one) => !isElsewhere(one))
        .map(objectOf)
        .sort((a, b) => (a.object < b.object ? -1 : 1)),
      skipped: [
        ...(this.skipped.get(index) ?? []),
        ...own
          .filter(isElsewhere)
          .map(({ subject: { file, without } }) => ({ file, why: `not built without CONFIG_${without}` })),
      ],
      findings: unique([...own.flatMap((one) => findingsOf(one, commit)), ...style]),
    };
  }
}

/**
 * Whether the line changes the programs that check style. Else these run beside the compiling, which checks other
 * commits out below them.
 */
function changesScripts(history: History): boolean {
  const changed = history.commits.flatMap((_, index) => [
    ...history.touched(index),
    ...history.removed(index),
  ]);
  return changed.some((path) => /^(?:scripts|tools)\//.test(path));
}

/** What needs the very symbol that was turned off for the header's sake. */
function isElsewhere({ subject, state }: Verdict): boolean {
  return state === "not-compiled" && subject.without !== undefined && subject.suspects === undefined;
}

function objectOf({ subject, configuration, state, output, parentFailed }: Verdict): CheckedObject {
  return {
    object: subject.request.target.object,
    file: subject.file,
    why: subject.why,
    configuration,
    state: state === "failed" && parentFailed ? "failed-before" : state,
    ...(state === "not-compiled" && { reason: output }),
  };
}

/** What is wrong with an object at the commit and was not at its parent. */
function findingsOf(verdict: Verdict, commit: string): readonly Finding[] {
  const { subject, configuration, state, output, parentOutput, parentFailed } = verdict;
  if (state === "not-compiled" || (state === "failed" && parentFailed)) return [];
  const log = () => keepLog(commit, subject.request.target.object, configuration, output);
  const suspect = subject.suspects ?? [];
  const missing = undeclaredIn(output);
  const stubs = suspect
    .filter(({ name }) => missing.includes(name))
    .map(({ name, line, symbols }): Finding => {
      const when = subject.without
        ? `without CONFIG_${subject.without}`
        : `with CONFIG_${symbols.join(", CONFIG_")}`;
      const message = `${name}() is not declared ${when}, where the functions beside it are`;
      return {
        tool: "stub",
        severity: "error",
        file: subject.file,
        line,
        message,
        configuration,
        log: log(),
      };
    });
  if (stubs.length > 0) return stubs;
  const fresh = newDiagnostics(diagnosticsIn(output), diagnosticsIn(parentOutput));
  const found = fresh
    .filter(({ severity }) => !subject.suspects || severity === "error")
    .map((one): Finding => ({ ...one, configuration, log: log() }));
  if (state === "built" || found.some(({ severity }) => severity === "error")) return found;
  const message = output.split("\n").find((line) => /error|\*\*\*/i.test(line)) ?? "it does not compile";
  return [
    { tool: "compiler", severity: "error", file: subject.file, line: 0, message, configuration, log: log() },
  ];
}

/** Keeps what was said about an object. @returns the file. */
function keepLog(commit: string, object: string, configuration: string, output: string): string {
  const place = createHash("sha256").update(configuration).digest("hex").slice(0, 8);
  const path = cacheFolder(
    "check",
    "logs",
    commit.slice(0, 12),
    `${object.replaceAll("/", "-")}.${place}.log`,
  );
  writeFileAtomic(path, `${commit}\n${configuration}\n${object}\n\n${output}\n`);
  return path;
}

/** One fault in a header shows in every object: it is told once. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const key = ({ tool, file, line, message }: Finding) => JSON.stringify([tool, file, line, message]);
  return [...new Map([...findings].reverse().map((one) => [key(one), one])).values()].reverse();
}
