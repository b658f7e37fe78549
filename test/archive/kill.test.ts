import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shelfPath } from "../../src/archive/listing.js";
import { removeIndex } from "../../src/archive/registry.js";
import { Database } from "../../src/base/database.js";
import { bundle } from "./seed.js";

const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
const repository = join(folder, "0.git");
beforeAll(() => {
  execFileSync("git", ["clone", "-q", "--bare", bundle, repository]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = resolve(import.meta.dirname, "index-once.ts");

/** A moment in a run: so many steps after it began (of 100 mails each), and so many milliseconds after that. */
interface Moment {
  readonly steps: number;
  readonly milliseconds: number;
}

/** Indexes; kills it at a moment. Returns whether it came to its end. */
function index(path: string, kill?: Moment): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", "tsx", script, repository, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let lines = 0;
    child.stdout.on("data", (data: Buffer) => {
      const before = lines;
      lines += data.toString().split("\n").length - 1;
      if (kill && before <= kill.steps && lines > kill.steps)
        setTimeout(() => child.kill("SIGKILL"), kill.milliseconds);
    });
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") done(code === 0);
      else failed(new Error(`indexing ended with ${code ?? signal}`));
    });
  });
}

/** What counts of the shelf. */
const shelfOf = (path: string, bytes: number) => {
  const shelf = readFileSync(shelfPath(path));
  expect(shelf.length).toBeGreaterThanOrEqual(bytes);
  return createHash("sha256").update(shelf.subarray(0, bytes)).digest("hex");
};

function content(path: string) {
  const database = Database.open(path, "read");
  const rows = (sql: string) => JSON.stringify(database.rows(sql));
  const words = ["msi", "pcim_alloc_irq_vectors", "helgaas", "thread", "drivers"];
  const result = {
    messages: rows("SELECT * FROM message ORDER BY id"),
    nodes: rows("SELECT * FROM node ORDER BY id"),
    patches: rows("SELECT * FROM patch ORDER BY message"),
    listings: rows("SELECT * FROM listing ORDER BY thread"),
    places: rows("SELECT * FROM place ORDER BY message"),
    shelf: shelfOf(path, database.row("SELECT bytes FROM shelf")!.bytes as number),
    sources: rows("SELECT * FROM source"),
    words: words.map((word) => rows(`SELECT rowid FROM words WHERE words MATCH '${word}' ORDER BY rowid`)),
  };
  database.close();
  return result;
}

test("killed twenty times at random moments, the index ends as an undisturbed one", {
  timeout: 1_800_000, // two dozen processes, on a machine that may be busy
}, async () => {
  const [calm, disturbed] = [join(folder, "calm.db"), join(folder, "disturbed.db")];
  expect(await index(calm)).toBe(true);
  // By steps, not by the clock: all parts of a run are hit, however busy the machine is.
  for (let killed = 0; killed < 20; ) {
    const moment = { steps: Math.floor(Math.random() * 6), milliseconds: Math.random() * 60 };
    // A run that ends before its kill leaves nothing to disturb: begin again with a new index.
    if (await index(disturbed, moment)) removeIndex(disturbed);
    else killed++;
  }
  expect(await index(disturbed)).toBe(true);
  expect(content(disturbed)).toEqual(content(calm));
});
