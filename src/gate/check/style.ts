/** The checks that need no compiler: checkpatch, kernel-doc and whitespace. The tree's own scripts say what is right. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/files.js";
import { run } from "../../base/process.js";
import { formatPatches, git } from "../../kernel/git.js";
import { type Diagnostic, diagnosticsIn, newDiagnostics } from "./diagnostic.js";
import type { History } from "./history.js";

export interface StyleFinding {
  readonly tool: "checkpatch" | "kernel-doc" | "diff-check";
  /** checkpatch's CHECKs are notes: matters of taste, which it tells only with --strict. */
  readonly severity: "error" | "warning" | "note";
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface StyleResult {
  /** By index in the history. */
  readonly findings: ReadonlyMap<number, readonly StyleFinding[]>;
  /** Checks that the tree at hand does not have. */
  readonly missing: readonly string[];
}

/** Looks at every commit of a line. @param source a folder with the tree's files, for its scripts. */
export async function checkStyle(
  history: History,
  source: string,
  signal?: AbortSignal,
): Promise<StyleResult> {
  const scratch = mkdtempSync(join(tmpdir(), "treewide-check-"));
  try {
    const [patches, docs] = await Promise.all([
      checkPatches(history, source, scratch, signal),
      checkDocs(history, source, scratch, signal),
    ]);
    const findings = new Map<number, readonly StyleFinding[]>();
    for (let index = 1; index < history.commits.length; index++)
      findings.set(index, [
        ...diffCheck(history, index),
        ...(patches?.get(index) ?? []),
        ...(docs?.get(index) ?? []),
      ]);
    const missing = [...(patches ? [] : ["scripts/checkpatch.pl"]), ...(docs ? [] : ["scripts/kernel-doc"])];
    return { findings, missing };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `git diff --check`: trailing blanks, conflict markers, blank lines at the end (git-diff(1)). */
function diffCheck(history: History, index: number): readonly StyleFinding[] {
  const args = ["diff-tree", "--check", history.commits[index - 1]!, history.commits[index]!];
  const { stdout } = git(history.repository, args, { accept: "any" });
  return stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line): StyleFinding[] => {
      const [, file, at, message] = /^([^+].*?):(\d+): (.*)$/.exec(line) ?? [];
      return file
        ? [
            {
              tool: "diff-check",
              severity: "error",
              file,
              line: Number(at),
              message: message!.replace(/\.$/, ""),
            },
          ]
        : [];
    });
}

type ByIndex = Map<number, StyleFinding[]>;

/**
 * One run of checkpatch over all patches: it reads its own rules slowly. Without the tree, because with it a patch
 * takes 0.3 s of asking get_maintainer.pl whether the file's section is obsolete, and nothing else.
 */
async function checkPatches(
  history: History,
  source: string,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<ByIndex | undefined> {
  if (!existsSync(join(source, "scripts/checkpatch.pl"))) return undefined;
  const names = history.commits.slice(1).map((commit, at) => {
    const path = join(scratch, `${at + 1}.patch`);
    writeFileAtomic(path, formatPatches(history.repository, ["--find-renames", "-1", commit]));
    return path;
  });
  const script = [
    "scripts/checkpatch.pl",
    "--no-tree",
    "--strict",
    "--terse",
    "--show-types",
    "--no-summary",
  ];
  const { stdout } = await run("perl", [...script, "--showfile", ...names], {
    cwd: source,
    accept: "any",
    env: { LC_ALL: "C.UTF-8" },
    ...(signal && { signal }),
  });
  const found: ByIndex = new Map();
  for (const line of stdout.toString("utf8").split("\n")) {
    const [, patch, rest] = /^(?:.*\/)?(\d+)\.patch:(.*)$/.exec(line) ?? [];
    const [, at, path, place, level, message] =
      /^(\d+): (?:FILE: (\S+?):(\d+): ?)?(ERROR|WARNING|CHECK):(.*)$/.exec(rest ?? "") ?? [];
    if (!patch || !level) continue;
    add(found, Number(patch), {
      tool: "checkpatch",
      severity: level === "ERROR" ? "error" : level === "WARNING" ? "warning" : "note",
      file: path ?? "(message)",
      line: Number(place ?? at),
      message: message!.trim(),
    });
  }
  return found;
}

/** kernel-doc on what commits leave behind, and, where it complains, on what they found. */
async function checkDocs(
  history: History,
  source: string,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<ByIndex | undefined> {
  const script = ["scripts/kernel-doc", "scripts/kernel-doc.py", "tools/docs/kernel-doc"].find((path) =>
    existsSync(join(source, path)),
  );
  if (!script) return undefined;
  const perl = readFileSync(join(source, script), "utf8").startsWith("#!/usr/bin/env perl");
  const complaints = async (
    files: readonly { index: number; path: string }[],
  ): Promise<Map<string, Diagnostic[]>> => {
    const names = new Map<string, string>();
    for (const { index, path } of files) {
      const blob = history.blob(path, index);
      if (!blob) continue;
      const name = join(scratch, hash(`${index}`), path);
      names.set(name, `${index} ${path}`);
      writeFileAtomic(name, git(history.repository, ["cat-file", "blob", blob]).stdout);
    }
    const found = new Map<string, Diagnostic[]>();
    if (names.size === 0) return found;
    const { stdout, stderr } = await run(perl ? "perl" : "python3", [script, "-none", ...names.keys()], {
      cwd: source,
      accept: "any",
      env: { PYTHONDONTWRITEBYTECODE: "1", KBUILD_VERBOSE: undefined },
      ...(signal && { signal }),
    });
    for (const one of diagnosticsIn(`${stdout}\n${stderr}`)) {
      const key = names.get(one.file);
      if (!key) continue;
      const path = key.slice(key.indexOf(" ") + 1);
      found.set(key, [...(found.get(key) ?? []), { ...one, tool: "kernel-doc", file: path }]);
    }
    return found;
  };
  const touched = history.commits.flatMap((_, index) =>
    index === 0
      ? []
      : history
          .touched(index)
          .filter((path) => /\.[ch]$/.test(path))
          .map((path) => ({ index, path })),
  );
  const after = await complaints(touched);
  const doubted = touched.filter(({ index, path }) => after.has(`${index} ${path}`));
  const before = await complaints(doubted.map(({ index, path }) => ({ index: index - 1, path })));
  const found: ByIndex = new Map();
  for (const { index, path } of doubted)
    for (const one of newDiagnostics(
      after.get(`${index} ${path}`)!,
      before.get(`${index - 1} ${path}`) ?? [],
    ))
      add(found, index, { ...one, tool: "kernel-doc" });
  return found;
}

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);

function add(into: ByIndex, index: number, finding: StyleFinding): void {
  into.set(index, [...(into.get(index) ?? []), finding]);
}
