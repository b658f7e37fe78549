/**
 * Patch ids: the same change has the same id, whatever its line numbers and blanks (git-patch-id(1)).
 * In-process, because a mail list is a hundred thousand diffs and one `git patch-id` each would take minutes.
 */
import { createHash, type Hash } from "node:crypto";

/** Lines left of the hunk that is being read; undefined while the file's header is. */
interface Left {
  before: number;
  after: number;
}

/**
 * The first id that `git patch-id --stable` prints for a text, or undefined when the text holds no diff.
 * Source: git's builtin/patch-id.c. Headers and hunk lines are hashed without blanks, hunk headers and index lines
 * are not; each file's SHA-1 is added to the sum with carry, so that the order of files does not matter.
 */
export function patchId(text: string): string | undefined {
  const sum = new Uint8Array(20);
  let hash = createHash("sha1");
  let left: Left | undefined;
  let hashed = 0;
  let hunks = false;
  let binary = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("\\ ") && line.length >= 12) continue; // "\ No newline at end of file"
    if (/^(?:commit |From )?[0-9a-f]{40}\b/.test(line)) {
      if (hashed > 0) break;
      continue;
    }
    if (hashed === 0 && !line.startsWith("diff ")) continue;
    if (binary) {
      if (!line.startsWith("diff ")) continue;
      binary = false;
      left = undefined;
    }
    if (hashed > 0 && left === undefined) {
      if (line.startsWith("GIT binary patch") || line.startsWith("Binary files")) {
        binary = true;
        addWithCarry(sum, hash.digest());
        hash = createHash("sha1");
        continue;
      }
      if (line.startsWith("index ")) continue;
      if (line.startsWith("--- ")) left = { before: 1, after: 1 };
      else if (!/^[a-z]/i.test(line)) break;
    } else if (left && left.before <= 0 && left.after <= 0) {
      const head = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (head) {
        left = { before: Number(head[1] ?? 1), after: Number(head[2] ?? 1) };
        hunks = true;
        continue;
      }
      if (!line.startsWith("diff ")) break;
      if (hunks) {
        addWithCarry(sum, hash.digest());
        hash = createHash("sha1");
      }
      left = undefined;
      hunks = false;
    }
    count(left, line);
    hashed += update(hash, line);
  }
  if (hashed === 0) return undefined;
  addWithCarry(sum, hash.digest());
  return Buffer.from(sum).toString("hex");
}

function count(left: Left | undefined, line: string): void {
  if (!left) return;
  if (line[0] === "-" || line[0] === " ") left.before--;
  if (line[0] === "+" || line[0] === " ") left.after--;
}

function update(hash: Hash, line: string): number {
  const bare = line.replace(/[ \t\v\f\r]+/g, "");
  hash.update(bare, "utf8");
  return bare.length;
}

function addWithCarry(sum: Uint8Array, add: Uint8Array): void {
  let carry = 0;
  for (let i = 0; i < sum.length; i++) {
    carry += sum[i]! + add[i]!;
    sum[i] = carry & 0xff;
    carry >>= 8;
  }
}
