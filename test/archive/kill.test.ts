import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../../src/base/database.js";
import { bundle } from "./seed.js";

const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
const repository = join(folder, "0.git");
beforeAll(() => {
  execFileSync("git", ["clone", "-q", "--bare", bundle, repository]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = resolve(import.meta.dirname, "index-once.ts");

/** Indexes; kills it that many milliseconds after it began. Returns whether it came to its end. */
function index(path: string, killAfter?: number): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--import", "tsx", script, repository, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.once("data", () => {
      if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.on("close", (code) => done(code === 0));
  });
}

function content(path: string) {
  const database = Database.open(path, "read");
  const rows = (sql: string) => JSON.stringify(database.rows(sql));
  const words = ["msi", "pcim_alloc_irq_vectors", "helgaas", "thread", "drivers"];
  const result = {
    messages: rows("SELECT * FROM message ORDER BY id"),
    nodes: rows("SELECT * FROM node ORDER BY id"),
    patches: rows("SELECT * FROM patch ORDER BY message"),
    shown: rows("SELECT message, hex(piece) AS piece FROM shown ORDER BY message"),
    sources: rows("SELECT * FROM source"),
    words: words.map((word) => rows(`SELECT rowid FROM words WHERE words MATCH '${word}' ORDER BY rowid`)),
  };
  database.close();
  return result;
}

test("killed twenty times at random moments, the index ends as an undisturbed one", {
  timeout: 600_000,
}, async () => {
  const [calm, disturbed] = [join(folder, "calm.db"), join(folder, "disturbed.db")];
  expect(await index(calm)).toBe(true);
  let killed = 0;
  // A run that ends before its kill leaves nothing to disturb: begin again with a new index.
  for (let i = 0; i < 20; i++) {
    if (await index(disturbed, Math.random() * 400))
      for (const end of ["", "-wal", "-shm"]) rmSync(disturbed + end, { force: true });
    else killed++;
  }
  expect(killed).toBeGreaterThan(0);
  expect(await index(disturbed)).toBe(true);
  expect(content(disturbed)).toEqual(content(calm));
});
