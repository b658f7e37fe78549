/**
 * Matches paths against all sections at once. Patterns are filed under the folder that they fix, so a path is
 * tested only against those of its own folders, not against all 9,000.
 */
import type { Entry, IsFolder, Maintainers, Problem, Section } from "./maintainers.js";
import { type ContentPattern, type PathPattern, pathPattern, perlPattern } from "./maintainers-pattern.js";

/** Why a section concerns a path or a text. */
export interface Match {
  readonly section: Section;
  /** The F, N or K entry that decided. */
  readonly by: Entry;
  /** Precision of the pattern; 0 for N and K. */
  readonly depth: number;
}

interface Filed {
  /** Index of the section, for order. */
  readonly at: number;
  readonly entry: Entry;
  readonly pattern: PathPattern;
}

interface Expression {
  readonly at: number;
  readonly entry: Entry;
  readonly pattern: ContentPattern;
}

export interface MatchOptions {
  /** Only patterns less than so many components above the path; 0 is all (`--pattern-depth`). */
  readonly patternDepth?: number;
}

export class MaintainersIndex {
  /** Those of the file, and patterns that could not be compiled. */
  readonly problems: readonly Problem[];
  private readonly sections: readonly Section[];
  private readonly folders = new Map<string, Filed[]>();
  private readonly excluded = new Map<number, PathPattern[]>();
  private readonly names: Expression[] = [];
  private readonly contents: Expression[] = [];

  constructor(maintainers: Maintainers, isFolder: IsFolder) {
    this.sections = maintainers.sections;
    const problems = [...maintainers.problems];
    maintainers.sections.forEach((section, at) => {
      for (const entry of section.entries) {
        try {
          this.add(at, entry, isFolder);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          problems.push({
            line: entry.line,
            what: `${entry.key}: ${entry.value} in ${section.name} is no valid pattern (${why}): it matches nothing`,
          });
        }
      }
    });
    this.problems = problems.sort((a, b) => a.line - b.line);
  }

  private add(at: number, entry: Entry, isFolder: IsFolder): void {
    switch (entry.key) {
      case "F": {
        const pattern = pathPattern(entry.value, isFolder);
        append(this.folders, pattern.folder, { at, entry, pattern });
        break;
      }
      case "X":
        append(this.excluded, at, pathPattern(entry.value, isFolder));
        break;
      case "N":
        this.names.push({ at, entry, pattern: perlPattern(entry.value) });
        break;
      case "K":
        this.contents.push({ at, entry, pattern: perlPattern(entry.value) });
    }
  }

  /**
   * The sections that a path belongs to, most precise first, then in the order of the file. Of several matching
   * entries of one section the last decides its precision, as in get_maintainer.pl.
   */
  match(path: string, { patternDepth = 0 }: MatchOptions = {}): Match[] {
    const found = new Map<number, { entry: Entry; depth: number }>();
    const consider = (at: number, entry: Entry, depth: number) => {
      if ((found.get(at)?.entry.line ?? 0) < entry.line) found.set(at, { entry, depth });
    };
    const level = path.split("/").length - 1;
    for (let end = 0; ; end = path.indexOf("/", end) + 1) {
      for (const { at, entry, pattern } of this.folders.get(path.slice(0, end)) ?? []) {
        if (!pattern.matches(path)) continue;
        if (patternDepth === 0 || level - pattern.depth < patternDepth) consider(at, entry, pattern.depth);
      }
      if (path.indexOf("/", end) === -1) break;
    }
    for (const { at, entry, pattern } of this.names) if (pattern.test(path)) consider(at, entry, 0);
    return [...found]
      .filter(([at]) => !this.excluded.get(at)?.some((pattern) => pattern.matches(path)))
      .sort(([at1, one], [at2, two]) => two.depth - one.depth || at1 - at2)
      .map(([at, { entry, depth }]) => ({ section: this.sections[at]!, by: entry, depth }));
  }

  /**
   * The sections whose K entries match a patch, in the order of the file.
   * @param intro the lines before the first diff; any part of them may match.
   * @param diff the lines after; of them only added and removed ones may.
   */
  matchContent(intro: readonly string[], diff: readonly string[]): Match[] {
    return this.contents
      .filter(
        ({ pattern }) =>
          intro.some((line) => pattern.test(line)) || diff.some((line) => pattern.inDiff.test(line)),
      )
      .map(({ at, entry }) => ({ section: this.sections[at]!, by: entry, depth: 0 }));
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
