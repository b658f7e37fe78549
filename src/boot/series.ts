/** The patches of a series, and the states of the core that it goes through. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { run } from "../base/process.js";
import { changedFiles, type Patch } from "./patches.js";

/** One state of the core on the way through a series. */
export interface CoreState {
  /** What a report calls it: "the tree as it is", or the patch that made it. */
  readonly name: string;
  readonly patches: readonly Patch[];
}

export const AS_IS: CoreState = { name: "the tree as it is", patches: [] };

/** Files that decide who owns the vectors (docs/WORDS.md, "core"). */
const CORE = /^(drivers\/pci\/(devres\.c|pci\.h|msi\/[^/]+)|include\/linux\/pci\.h)$/;

/**
 * The states of the core after each patch of a series that changes it. Other patches of the series are laid on
 * too, unless `coreOnly` is set: a posted series may not be based on the tree at hand, its core patches may.
 */
export function coreStates(series: readonly Patch[], coreOnly: boolean): readonly CoreState[] {
  const changesCore = (patch: Patch) => changedFiles(patch.text).some((file) => CORE.test(file));
  return series.flatMap((patch, n) =>
    changesCore(patch)
      ? [
          {
            name: patch.name,
            patches: series.slice(0, n + 1).filter((one) => !coreOnly || changesCore(one)),
          },
        ]
      : [],
  );
}

/**
 * Reads a series: a folder of patch files in the order of their names, or an mbox, whose replies are left out.
 * @throws KnownError when there is no patch in it.
 */
export async function readSeries(path: string): Promise<readonly Patch[]> {
  const folder = statSync(path, { throwIfNoEntry: false });
  if (!folder) throw new KnownError(`${path}: no such file or folder`, "give an mbox or a folder of patches");
  const patches = folder.isDirectory() ? await fromFolder(path) : await fromMailbox(path);
  if (patches.length === 0)
    throw new KnownError(`${path}: holds no patch`, "give an mbox or a folder of patches");
  return patches;
}

async function fromFolder(path: string): Promise<readonly Patch[]> {
  const names = readdirSync(path)
    .filter((name) => name.endsWith(".patch"))
    .sort();
  const patches = await Promise.all(names.map((name) => fromMail(readFileSync(join(path, name)), name)));
  return patches.flatMap((patch) => patch ?? []);
}

async function fromMailbox(path: string): Promise<readonly Patch[]> {
  const scratch = mkdtempSync(join(tmpdir(), "treewide-series-"));
  try {
    await run("git", ["mailsplit", "--mboxrd", `-o${scratch}`, path]);
    const mails = readdirSync(scratch).sort();
    const found = await Promise.all(mails.map((name) => fromMail(readFileSync(join(scratch, name)), name)));
    return found.flatMap((patch) => patch ?? []).sort((a, b) => a.number - b.number);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns undefined for a mail that is no patch: a reply, or a cover letter. */
async function fromMail(mail: Buffer, name: string): Promise<(Patch & { number: number }) | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), "treewide-mail-"));
  try {
    const diff = join(scratch, "diff");
    const { stdout } = await run("git", ["mailinfo", "-k", join(scratch, "message"), diff], {
      input: mail,
    });
    const text = readFileSync(diff, "utf8");
    const subject = /^Subject: (.*)$/m.exec(stdout.toString("utf8"))?.[1] ?? name;
    if (!/^diff --git |^--- a\//m.test(text) || /^re:/i.test(subject)) return undefined;
    return { name: subject, text, number: Number(/(\d+)\/\d+\]/.exec(subject)?.[1] ?? 0) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
