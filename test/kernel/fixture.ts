/** Small kernel trees for tests, in folders that go away with the test. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

export const makefile =
  "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION = -rc1\nNAME = Test\n";

export const coreFiles: Readonly<Record<string, string>> = {
  Makefile: makefile,
  "drivers/pci/devres.c": "int devres;\n",
  "drivers/pci/msi/api.c": "int api;\n",
  "drivers/pci/msi/msi.c": "int msi;\n",
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeTree(files: Readonly<Record<string, string>>, folder = temporaryFolder()): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Runs git as nobody in particular, whatever the machine's configuration says. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).trim();
}

export function commitAll(folder: string, message: string): string {
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", message);
  return git(folder, "rev-parse", "HEAD");
}

export function writeRepository(files: Readonly<Record<string, string>>): { folder: string; commit: string } {
  const folder = writeTree(files);
  git(folder, "init", "-q", "-b", "main");
  return { folder, commit: commitAll(folder, "first") };
}

/** What somebody may have configured and what would change the patches and diffs that git writes. */
export const unusualSettings: Readonly<Record<string, string>> = {
  "color.ui": "always",
  "color.diff": "always",
  "color.grep": "always",
  "diff.noprefix": "true",
  "diff.mnemonicPrefix": "true",
  "diff.context": "0",
  "diff.interHunkContext": "9",
  "diff.suppressBlankEmpty": "true",
  "diff.external": "false",
  "diff.algorithm": "patience",
  "format.attach": "x",
  "format.cc": "eve@x.example",
  "format.coverLetter": "true",
  "format.encodeEmailHeaders": "false",
  "format.from": "true",
  "format.headers": "Bcc: eve@x.example\n",
  "format.noprefix": "true",
  "format.notes": "true",
  "format.numbered": "true",
  "format.pretty": "oneline",
  "format.signOff": "true",
  "format.signature": "configured",
  "format.subjectPrefix": "OTHER",
  "format.suffix": ".txt",
  "format.thread": "true",
  "format.to": "eve@x.example",
  "format.useAutoBase": "whenAble",
  "grep.patternType": "fixed",
  "i18n.logOutputEncoding": "latin1",
  "log.showSignature": "true",
};
