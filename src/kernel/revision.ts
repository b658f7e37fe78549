/** A kernel tree as a commit of a git repository holds it, without a checkout. */
import { listEntries, resolveCommit } from "./git.js";
import { ObjectReader } from "./objects.js";
import {
  byPath,
  hasEnding,
  isInside,
  outermost,
  type Source,
  type TreeFile,
  type TreeProblem,
} from "./source.js";

export class RevisionSource implements Source {
  readonly commit: string;
  readonly problems: TreeProblem[] = [];
  private readonly reader: ObjectReader;

  /** @throws KnownError when there is no such repository or commit. */
  constructor(
    private readonly repository: string,
    revision: string,
  ) {
    this.commit = resolveCommit(repository, revision);
    this.reader = new ObjectReader(repository);
  }

  list(folders: readonly string[], endings: readonly string[]): readonly TreeFile[] {
    const wanted = outermost(folders);
    const files = listEntries(this.repository, this.commit, wanted)
      .filter((entry) => hasEnding(entry.path, endings))
      .map(({ path, object, size }) => ({ path, stamp: object, size }));
    for (const folder of wanted) if (folder !== "" && !this.exists(folder)) this.report(folder, "ENOENT");
    return files.sort(byPath);
  }

  read(path: string): Buffer | undefined {
    return this.readMany([path]).get(path);
  }

  readMany(paths: readonly string[]): ReadonlyMap<string, Buffer> {
    const wanted = paths.filter(isInside);
    const found = new Map<string, Buffer>();
    this.reader.read(wanted.map((path) => `${this.commit}:${path}`)).forEach((answer, i) => {
      const path = wanted[i]!;
      if (answer.kind === "blob") found.set(path, answer.content);
      else if (answer.kind === "tree") this.report(path, "not a regular file");
      else if (answer.kind === "unusable") this.report(path, answer.why);
    });
    return found;
  }

  exists(path: string): boolean {
    if (!isInside(path)) return false;
    const [answer] = this.reader.read([`${this.commit}:${path}`]);
    return answer?.kind === "blob" || answer?.kind === "tree";
  }

  private report(path: string, why: string): void {
    if (!this.problems.some((known) => known.path === path)) this.problems.push({ path, why });
  }
}
