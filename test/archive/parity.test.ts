/**
 * The same queries on our index and on public-inbox's (1.9, Debian 12, Xapian) over the same epoch. Its answers are
 * in parity/expected.jsonl, made by parity/public-inbox.pl.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Archive } from "../../src/archive/archive.js";
import { removeTestArchives, testArchive } from "./fixture.js";
import { bundle } from "./seed.js";

// A busy machine takes minutes to index the bundle.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

interface Expected {
  readonly query: string;
  readonly ids: readonly string[];
}
const expected: readonly Expected[] = readFileSync(
  resolve(import.meta.dirname, "parity/expected.jsonl"),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

const stems = "a phrase matches other forms of its words too (vectors, vector)";

/** Where we answer otherwise: how many messages more and less, and why. */
const differences: Readonly<Record<string, readonly [more: number, less: number, why: string]>> = {
  msi: [11, 0, "Porter takes the s off MSIs, Xapian's Porter2 keeps it"],
  '"irq vectors"': [9, 0, stems],
  '"device managed"': [16, 0, stems],
  's:"enable device"': [12, 0, stems],
  'bs:"power management"': [9, 0, stems],
  's:"reset method" f:amey': [28, 0, stems],
  '"resizable BAR"': [2, 0, stems],
  'nq:"I don\'t think"': [
    0,
    1,
    "the words stand on both sides of a quotation's edge: Xapian does not see the edge",
  ],
};

let archive: Archive;
beforeAll(async () => {
  archive = await testArchive("pci", bundle);
});
afterAll(removeTestArchives);

test("there are 100 queries", () => expect(expected).toHaveLength(100));

for (const { query, ids } of expected)
  test(`${query} (${ids.length})${differences[query] ? `: ${differences[query][2]}` : ""}`, () => {
    const { entries } = archive.search(query, "time", 0, 10_000);
    const ours = entries.map(({ messageId }) =>
      createHash("sha1").update(messageId).digest("hex").slice(0, 8),
    );
    const more = ours.filter((id) => !ids.includes(id)).length;
    const less = ids.filter((id) => !ours.includes(id)).length;
    expect([more, less]).toEqual(differences[query]?.slice(0, 2) ?? [0, 0]);
  });
