/** What is to be compiled for each commit, and why. */
import { git } from "../../kernel/git.js";
import { kbuildOf } from "../../kernel/kbuild.js";
import type { Tree } from "../../kernel/tree.js";
import { declaredIn } from "./conditions.js";
import { type Configurations, FIRST } from "./configurations.js";
import type { History } from "./history.js";
import { includersOf } from "./includers.js";
import { type Configuration, PROBE_FOLDER } from "./job.js";
import type { Request } from "./schedule.js";
import { type HeaderChange, probeOf, type Suspect, suspects, symbolsTouched } from "./stubs.js";

/** A request, with what it is for. */
export interface Subject {
  readonly request: Request;
  /** The C file, or for a probe the header. */
  readonly file: string;
  readonly why: string;
  /** Functions that the probe uses. */
  readonly suspects?: readonly Suspect[];
  /** One of several that stand for all: when it is not configured, others do. */
  readonly sampled: boolean;
  /** The symbol without which it is compiled. */
  readonly without?: string;
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** By index in the history: what is not compiled, and why. */
  readonly skipped: ReadonlyMap<number, readonly { readonly file: string; readonly why: string }[]>;
}

/** Files that are not compiled into a kernel: why not. */
const NOT_KERNEL: readonly (readonly [RegExp, string])[] = [
  [/^Documentation\//, "documentation"],
  [/^(tools|scripts|usr|samples)\//, "not part of the kernel"],
  [/\.rs$/, "Rust is not compiled"],
  [/\.dtso?i?$/, "device trees are not compiled"],
  [/(^|\/)(Kconfig|Makefile|Kbuild)[^/]*$/, "read by make, in every configuration"],
];

export interface SubjectOptions {
  /** How many files stand for all that include a header. */
  readonly includers: number;
}

/**
 * Lists the objects of a line of commits.
 * @param tree the tree of the last commit, in a folder.
 */
export async function subjectsOf(
  history: History,
  tree: Tree,
  configurations: Configurations,
  options: SubjectOptions,
): Promise<Subjects> {
  const collector = new Collector(history, tree, configurations, options);
  for (let index = 1; index < history.commits.length; index++) await collector.commit(index);
  return collector;
}

class Collector implements Subjects {
  readonly subjects: Subject[] = [];
  readonly skipped = new Map<number, { file: string; why: string }[]>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly history: History,
    private readonly tree: Tree,
    private readonly configurations: Configurations,
    private readonly options: SubjectOptions,
  ) {}

  async commit(index: number): Promise<void> {
    for (const file of this.history.removed(index)) this.skip(index, file, "removed");
    const headers: string[] = [];
    for (const file of this.history.touched(index)) {
      const reason = NOT_KERNEL.find(([pattern]) => pattern.test(file))?.[1];
      if (reason) this.skip(index, file, reason);
      else if (/\.h$/.test(file)) headers.push(file);
      else if (!/\.[cS]$/.test(file)) this.skip(index, file, "no source");
      else if (kbuildOf(this.tree).moduleOf(file)) this.add(index, file, "touched");
      else headers.push(file); // a .c that another includes
    }
    for (const header of headers) await this.header(index, header);
  }

  private async header(index: number, header: string): Promise<void> {
    const change = this.changeOf(index, header);
    const doubtful = header.endsWith(".h") ? suspects(change) : [];
    const symbols = header.endsWith(".h") ? symbolsTouched(change) : [];
    const names = namesIn(change);
    const own = /^arch\/([\w-]+)\//.exec(header)?.[1] ?? "x86";
    const { files, seen } = await includersOf(this.tree.root, header, names, 3 * this.options.includers);
    const usable = files.filter((file) => {
      const architecture = /^arch\/([\w-]+)\//.exec(file)?.[1] ?? own;
      return architecture === own && kbuildOf(this.tree).moduleOf(file) !== undefined;
    });
    const sampled = usable.length > this.options.includers;
    const some = usable.slice(0, this.options.includers);
    for (const file of some) this.add(index, file, `includes ${header}`, { header, sampled });
    if (seen === 0) this.skip(index, header, "nothing includes it");
    else if (some.length < seen)
      this.skip(index, header, `${some.length} of the ${seen} files that include it stand for all`);
    for (const symbol of symbols) {
      if (!this.configurations.knows(symbol)) continue;
      const configuration = this.configurations.without(symbol);
      for (const file of some)
        this.add(index, file, `includes ${header}`, {
          header,
          sampled: true,
          configuration,
          without: symbol,
        });
      this.probe(
        index,
        header,
        doubtful.filter((one) => one.symbols.includes(symbol)),
        configuration,
        symbol,
      );
    }
    this.probe(index, header, doubtful, FIRST);
  }

  private add(
    index: number,
    file: string,
    why: string,
    more: { header?: string; sampled?: boolean; configuration?: Configuration; without?: string } = {},
  ): void {
    const object = file.replace(/\.\w+$/, ".o");
    const own = /^arch\/([\w-]+)\//.test(file);
    const configuration =
      more.configuration ?? (own ? (this.configurations.candidates(file, [])[0] ?? FIRST) : FIRST);
    const needs = kbuildOf(this.tree).symbolsOf(file);
    const request: Request = {
      index,
      configuration,
      target: { object, needs },
      from: more.header ? [file, more.header] : [file],
    };
    const key = JSON.stringify([index, object, configuration]);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const { sampled = false, without } = more;
    this.subjects.push({ request, file, why, sampled, ...(without && { without }) });
  }

  private probe(
    index: number,
    header: string,
    doubtful: readonly Suspect[],
    configuration: Configuration,
    without?: string,
  ): void {
    if (doubtful.length === 0) return;
    const probe = probeOf(
      header,
      doubtful.map(({ name }) => name),
    );
    this.subjects.push({
      request: {
        index,
        configuration,
        target: { object: `${PROBE_FOLDER}/${probe.name}.o`, needs: [] },
        probe,
        from: [header],
      },
      file: header,
      why: "probe of its stubs",
      suspects: doubtful,
      sampled: false,
      ...(without && { without }),
    });
  }

  private changeOf(index: number, path: string): HeaderChange {
    const { repository, commits } = this.history;
    const text = (at: number) => {
      const blob = this.history.blob(path, at);
      return blob ? git(repository, ["cat-file", "blob", blob]).stdout.toString("latin1") : undefined;
    };
    const args = ["diff-tree", "-p", "-U0", "--no-ext-diff", "--no-color"];
    const diff = git(repository, [...args, commits[index - 1]!, commits[index]!, "--", path]).stdout.toString(
      "latin1",
    );
    const [removed, added]: [number[], number[]] = [[], []];
    for (const [, from, count = "1", to, more = "1"] of diff.matchAll(
      /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm,
    )) {
      for (let n = 0; n < Number(count); n++) removed.push(Number(from) + n);
      for (let n = 0; n < Number(more); n++) added.push(Number(to) + n);
    }
    return { path, before: text(index - 1), after: text(index) ?? "", added, removed };
  }

  private skip(index: number, file: string, why: string): void {
    this.skipped.set(index, [...(this.skipped.get(index) ?? []), { file, why }]);
  }
}

/** Functions declared on the lines that a change adds or removes. */
function namesIn({ before = "", after, added, removed }: HeaderChange): readonly string[] {
  const at = (text: string, lines: readonly number[]) =>
    lines.flatMap((line) => [...declaredIn(text, line, line).keys()]);
  return [...new Set([...at(after, added), ...at(before, removed)])];
}
