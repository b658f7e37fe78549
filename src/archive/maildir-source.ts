/** A Maildir (https://cr.yp.to/proto/maildir.html): one file a mail, in cur/ and new/; flags follow `:2,`. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KnownError, systemErrorCode } from "../base/errors.js";
import type { Change, News, Source } from "./source.js";

export class MaildirSource implements Source {
  /** Unique name (without flags) to path: flags change, and mails move from new/ to cur/. */
  private paths: Map<string, string> | undefined;

  constructor(private readonly folder: string) {}

  /** The state is the names indexed so far: mails come and go in no order. */
  news(state: string | undefined): News {
    const known = new Set(state === undefined || state === "" ? [] : state.split("\n"));
    this.paths = undefined;
    const present = this.listing();
    const gone = [...known].filter((name) => !present.has(name));
    const fresh = [...present.keys()].filter((name) => !known.has(name)).sort();
    const final = [...present.keys()].sort().join("\n");
    const steps = [
      ...gone.map((locator) => ({ kind: "remove" as const, locator, time: 0 })),
      ...fresh.map((locator) => ({ kind: "add" as const, locator, time: this.time(locator) })),
    ];
    // Only the last step has the whole state: a run that is cut short starts over, and adds no mail twice.
    const changes: Change[] = steps.map((step, i) => ({
      ...step,
      state: i === steps.length - 1 ? final : (state ?? ""),
    }));
    return { changes, rewritten: undefined };
  }

  read(locators: readonly string[]): (Buffer | undefined)[] {
    return locators.map((locator) => {
      const path = this.listing().get(locator);
      if (path === undefined) return undefined;
      try {
        return readFileSync(path);
      } catch {
        this.paths = undefined; // moved since it was listed
        const moved = this.listing().get(locator);
        return moved === undefined ? undefined : readFileSync(moved);
      }
    });
  }

  close(): void {
    this.paths = undefined;
  }

  private time(locator: string): number {
    return Math.floor(
      (statSync(this.listing().get(locator)!, { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000,
    );
  }

  private listing(): Map<string, string> {
    if (this.paths) return this.paths;
    const paths = new Map<string, string>();
    for (const part of ["new", "cur"]) {
      try {
        for (const name of readdirSync(join(this.folder, part)))
          if (!name.startsWith(".")) paths.set(name.replace(/:2,.*$/, ""), join(this.folder, part, name));
      } catch (error) {
        throw new KnownError(
          `${join(this.folder, part)}: cannot be read (${systemErrorCode(error)})`,
          "a Maildir has the folders cur, new and tmp",
        );
      }
    }
    this.paths = paths;
    return paths;
  }
}
