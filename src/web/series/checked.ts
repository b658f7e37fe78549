/** Each patch of a series compiled and looked at by the tree's own checkers, as `treewide check` does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/files.js";
import type { ProgressListener } from "../../base/progress.js";
import { type CommitResult, check, type Finding } from "../../gate/check/check.js";
import { commitPatches } from "../../gate/check/posted.js";
import { embeddedQueue } from "../../gate/queue/embedded.js";
import type { TreeSpec } from "../../kernel/tree.js";

export interface PatchCheck {
  /** Objects that the patch reaches. */
  readonly built: number;
  readonly failed: number;
  readonly notCompiled: number;
  readonly findings: readonly {
    readonly tool: string;
    readonly severity: Finding["severity"];
    readonly file: string;
    readonly line: number;
    readonly message: string;
  }[];
}

export interface Checked {
  /** By the patch's number. */
  readonly patches: ReadonlyMap<number, PatchCheck>;
  /** Checks that could not be done at all. */
  readonly missing: readonly string[];
}

export interface CheckOptions {
  readonly progress: ProgressListener;
  readonly signal: AbortSignal;
  readonly jobs?: number;
}

/** C files that stand for all that include a changed header: the default of `treewide check`. */
const includers = 20;

/**
 * @param mails the patches by number, in order
 * @throws KnownError when a patch does not apply, or a program that is needed is missing
 */
export async function checkMails(
  spec: TreeSpec,
  mails: readonly (readonly [number, Uint8Array])[],
  { progress, signal, jobs }: CheckOptions,
): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), "treewide-check-"));
  try {
    mails.forEach(([, raw], i) => {
      writeFileAtomic(join(folder, `${String(i + 1).padStart(4, "0")}.patch`), raw);
    });
    progress({ task: "making commits of the patches", done: 0 });
    const { repository, commits } =
      spec.kind === "folder"
        ? commitPatches(folder, spec.path)
        : commitPatches(folder, spec.repository, spec.revision);
    const result = await check({
      repository,
      commits,
      includers,
      cache: true,
      openQueue: async (workshop) => embeddedQueue(workshop, jobs === undefined ? {} : { jobs }),
      signal,
      onProgress: progress,
    });
    return {
      patches: new Map(result.commits.map((commit, i) => [mails[i]![0], patchCheck(commit)])),
      missing: result.missing,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function patchCheck({ objects, findings }: CommitResult): PatchCheck {
  const count = (...states: string[]) => objects.filter(({ state }) => states.includes(state)).length;
  return {
    built: count("built"),
    failed: count("failed", "failed-before"),
    notCompiled: count("not-compiled"),
    findings: findings.map(({ tool, severity, file, line, message }) => ({
      tool,
      severity,
      file,
      line,
      message,
    })),
  };
}

/** Findings of what compiles; those of checkers of style are the others. */
export function isCompiler({ tool }: { readonly tool: string }): boolean {
  return ["compiler", "objtool", "stub"].includes(tool);
}
