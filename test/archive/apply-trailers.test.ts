import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { applyTrailers } from "../../src/archive/apply-trailers.js";
import { commitAll, git as gitIn, temporaryFolder, writeRepository, writeTree } from "../kernel/fixture.js";

const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@x", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();
const reviewed = { key: "Reviewed-by", value: "R <r@x>" };

test("trailers go into the commits, whose contents and authors stay", () => {
  git("init", "-q", "-b", "main");
  git("config", "user.name", "A");
  git("config", "user.email", "a@x");
  for (const n of ["0", "1", "2", "3"]) {
    writeFileSync(join(folder, "f"), `${n}\n`);
    git("add", "f");
    git(
      "commit",
      "-q",
      "-m",
      `change ${n}\n\nWhy.\n\nSigned-off-by: A <a@x>`,
      "--date",
      `2026-01-0${Number(n) + 1}T00:00:00Z`,
      "--author",
      "Other <o@x>",
    );
  }
  const tree = git("rev-parse", "HEAD^{tree}");
  const patches = [{ title: "Change 2", patchId: undefined, trailers: [reviewed] }];
  const head = git("rev-parse", "HEAD");
  expect(applyTrailers(folder, "HEAD~3", patches, true).flatMap(({ added }) => added)).toEqual([
    "Reviewed-by: R <r@x>",
  ]);
  expect(git("rev-parse", "HEAD")).toBe(head);
  const result = applyTrailers(folder, "HEAD~3", patches, false);
  expect(result.map(({ title, matched }) => [title, matched])).toEqual([
    ["change 1", undefined],
    ["change 2", "title"],
    ["change 3", undefined],
  ]);
  expect(git("log", "-1", "--format=%an %ad%n%B", "--date=short", "HEAD~1")).toBe(
    "Other 2026-01-03\nchange 2\n\nWhy.\n\nSigned-off-by: A <a@x>\nReviewed-by: R <r@x>",
  );
  expect([git("rev-parse", "HEAD^{tree}"), git("rev-parse", "HEAD~2")]).toEqual([
    tree,
    git("rev-parse", `${head}~2`),
  ]);
  const now = git("rev-parse", "HEAD");
  applyTrailers(folder, "HEAD~3", patches, false);
  expect(git("rev-parse", "HEAD")).toBe(now);
});

/** A repository whose second commit is titled "grün". */
function posted() {
  const { folder, commit: base } = writeRepository({ f: "0\n" });
  gitIn(folder, "config", "user.name", "A");
  gitIn(folder, "config", "user.email", "a@x");
  writeTree({ f: "1\n" }, folder);
  return { folder, base, commit: commitAll(folder, "grün\n\nWhy.") };
}

const given = [{ title: "Grün", patchId: undefined, trailers: [reviewed] }];
const wanted = "grün\n\nWhy.\n\nReviewed-by: R <r@x>";

test("the message of a signed commit stays, whatever is configured about signatures and encodings", () => {
  const { folder, base, commit } = posted();
  const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----";
  const text = gitIn(folder, "cat-file", "commit", commit);
  const signed = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
    cwd: folder,
    input: `${text.replace(/^committer .*/m, (line) => `${line}\n${signature}`)}\n`,
    encoding: "utf8",
  }).trim();
  gitIn(folder, "update-ref", "HEAD", signed);
  const program = join(temporaryFolder(), "gpg");
  writeFileSync(program, "#!/bin/sh\necho No signature >&2\nexit 1\n", { mode: 0o755 });
  gitIn(folder, "config", "gpg.program", program);
  gitIn(folder, "config", "log.showSignature", "true");
  gitIn(folder, "config", "i18n.commitEncoding", "latin1");
  const [result] = applyTrailers(folder, base, given, false);
  expect(result).toMatchObject({ title: "grün", matched: "title" });
  const [, message] = gitIn(folder, "cat-file", "commit", "HEAD").split(/\n\n(.*)/s);
  expect(message).toBe(wanted);
});

test("a repository that git names to its hooks is not ours", () => {
  const { folder, base } = posted();
  const other = posted();
  process.env.GIT_DIR = join(other.folder, ".git");
  try {
    applyTrailers(folder, base, given, false);
  } finally {
    delete process.env.GIT_DIR;
  }
  expect(gitIn(folder, "log", "-1", "--format=%B")).toBe(wanted);
  expect(gitIn(other.folder, "rev-parse", "HEAD")).toBe(other.commit);
});
