/** Results of compiling, kept by what went into them: the same object is never compiled twice for one answer. */
import { createHash } from "node:crypto";
import { Database } from "../../base/database.js";
import { cacheFolder } from "../../base/files.js";
import type { History } from "./history.js";
import { configurationName } from "./job.js";
import type { Request } from "./schedule.js";

/** What an object's compilation said, wherever it was done. */
export interface Outcome {
  readonly state: "built" | "failed" | "not-configured";
  readonly output: string;
  /** Files of the tree that it came from; empty unless built. */
  readonly files: readonly string[];
}

/** Changes whenever what is kept means something else. */
const VERSION = 1;
/** Results of one object that are looked at: those of the commits checked last. */
const RECENT = 12;

export class ResultCache {
  private readonly database: Database;

  /** @throws KnownError when the cache cannot be written. */
  constructor(path = cacheFolder("check", `results-${VERSION}.sqlite`)) {
    this.database = Database.open(path, "write");
    this.database.execute(
      `CREATE TABLE IF NOT EXISTS result (id INTEGER PRIMARY KEY, object TEXT NOT NULL, digest TEXT NOT NULL,
         state TEXT NOT NULL, output TEXT NOT NULL, files TEXT NOT NULL, UNIQUE (object, digest))`,
    );
  }

  /**
   * The result of an object whose files are all the same; undefined when there is none.
   * @param toolchain names what compiles: another compiler's result is another one.
   */
  get(request: Request, history: History, toolchain: string): Outcome | undefined {
    const rows = this.database.rows(
      "SELECT digest, state, output, files FROM result WHERE object = ? ORDER BY id DESC LIMIT ?",
      objectKey(request, toolchain),
      RECENT,
    );
    for (const { digest, state, output, files } of rows) {
      const list: readonly string[] = JSON.parse(String(files));
      if (digest === digestOf(list, request.index, history))
        return { state: state as Outcome["state"], output: String(output), files: list };
    }
    return undefined;
  }

  put(request: Request, history: History, toolchain: string, { state, output, files }: Outcome): void {
    this.database.run(
      "INSERT OR IGNORE INTO result (object, digest, state, output, files) VALUES (?, ?, ?, ?, ?)",
      objectKey(request, toolchain),
      digestOf(files, request.index, history),
      state,
      output,
      JSON.stringify(files),
    );
  }

  close(): void {
    this.database.close();
  }
}

function objectKey({ target, configuration, probe }: Request, toolchain: string): string {
  const text = JSON.stringify([target, configurationName(configuration), probe?.text, toolchain]);
  return `${target.object} ${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
}

/** Of a failure the files are not known: it holds for this very commit. */
function digestOf(files: readonly string[], index: number, history: History): string {
  return files.length > 0 ? history.digest(files, index) : history.commits[index]!;
}
