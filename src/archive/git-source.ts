/**
 * public-inbox in git (public-inbox-v1-format(5), public-inbox-v2-format(5)): one commit a message. v2: the file `m`
 * is the message added, `d` the message taken away. v1: a file 2/38 for each message, removed with it.
 */
import { KnownError } from "../base/errors.js";
import { type RunResult, runSync } from "../base/process.js";
import { gitEnvironment } from "../kernel/git.js";
import { ObjectReader } from "../kernel/objects.js";
import type { Change, News, Source } from "./source.js";

/** Mails asked for at once. */
const batch = 64;

export class GitSource implements Source {
  private readonly objects: ObjectReader;

  constructor(private readonly repository: string) {
    this.objects = new ObjectReader(repository);
  }

  news(state: string | undefined): News {
    const head = this.git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], [0, 1]);
    if (head === "") {
      if (this.git(["rev-parse", "--git-dir"], [0, 128]) === "")
        throw new KnownError(`${this.repository}: no git repository`, "name a public-inbox epoch or inbox");
      return { changes: [], rewritten: undefined }; // an empty epoch
    }
    if (head === state) return { changes: [], rewritten: undefined };
    const known = state === undefined || this.isAncestor(state, head);
    const range = state !== undefined && known ? `${state}..${head}` : head;
    return {
      changes: parseLog(this.log(range)),
      rewritten: known ? undefined : `its history no longer holds ${state?.slice(0, 12)}`,
    };
  }

  read(locators: readonly string[]): (Buffer | undefined)[] {
    const mails: (Buffer | undefined)[] = [];
    for (let i = 0; i < locators.length; i += batch)
      for (const object of this.objects.read(locators.slice(i, i + batch)))
        mails.push(object.kind === "blob" ? object.content : undefined);
    return mails;
  }

  close(): void {
    this.objects.close();
  }

  private isAncestor(commit: string, head: string): boolean {
    return this.run(["merge-base", "--is-ancestor", commit, head], "any").status === 0;
  }

  private log(range: string): string {
    const format = ["--format=%H %ct", "--raw", "--no-abbrev", "--no-renames"];
    return this.git(["log", "--reverse", "--first-parent", ...format, range]);
  }

  private git(args: readonly string[], accept: readonly number[] = [0]): string {
    return this.run(args, accept).stdout.toString("latin1").trim();
  }

  /** Not by kernel/git.ts: git does not ask whose a repository is that is named by --git-dir. */
  private run(args: readonly string[], accept: readonly number[] | "any"): RunResult {
    const options = ["-c", "log.showSignature=false", "--git-dir", this.repository];
    return runSync("git", [...options, ...args], { accept, env: gitEnvironment });
  }
}

/** `:100644 100644 OLD NEW M\tPATH` after each commit (git-diff-tree(1), "RAW OUTPUT FORMAT"). */
function parseLog(log: string): Change[] {
  const changes: Change[] = [];
  let state = "";
  let time = 0;
  for (const line of log.split("\n")) {
    if (line[0] !== ":") {
      const space = line.indexOf(" ");
      if (space > 0) {
        state = line.slice(0, space);
        time = Number(line.slice(space + 1));
      }
      continue;
    }
    const tab = line.indexOf("\t");
    const [, , oldBlob, newBlob, status] = line.slice(1, tab).split(" ") as [
      string,
      string,
      string,
      string,
      string,
    ];
    const path = line.slice(tab + 1);
    if (path === "d" && status !== "D") changes.push({ kind: "remove", locator: newBlob, time, state });
    else if (path === "m" && status !== "D") changes.push({ kind: "add", locator: newBlob, time, state });
    else if (/^[0-9a-f]{2}\/[0-9a-f]{38}$/.test(path)) {
      if (status !== "A") changes.push({ kind: "remove", locator: oldBlob, time, state });
      if (status !== "D") changes.push({ kind: "add", locator: newBlob, time, state });
    }
  }
  return changes;
}
