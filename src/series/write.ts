/** From a tree to patch files, a branch or a plan. All that can be wrong is looked at before the audit begins. */
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { KnownError, systemErrorCode } from "../base/errors.js";
import { plural } from "../base/plural.js";
import { headCommit, uncommittedFiles, workTreeRoot } from "../kernel/git.js";
import { foldersOf, readMaintainers, type Section } from "../kernel/maintainers.js";
import { MaintainersIndex } from "../kernel/maintainers-index.js";
import { parseChecked } from "./checked.js";
import { coverSubject, coverText, type Part } from "./cover.js";
import { generateSeries, type Series, type SeriesPatch } from "./generate.js";
import { grouped } from "./group.js";
import { type Commit, commitBranch, committer, newBranch, requireEmpty, writePatches } from "./history.js";
import type { JudgeOptions } from "./judge.js";
import { prefixFromHabit, prefixFromHistory } from "./prefix.js";
import { ownRepository, ownRepositoryFolder } from "./repository.js";
import { batches, blockersText, planText, subsystemOf } from "./stages.js";

export interface WriteOptions extends JudgeOptions {
  readonly output: string | undefined;
  readonly branch: string | undefined;
  readonly plan: boolean;
  readonly stage: number | undefined;
  readonly group: "driver" | "subsystem";
  readonly hybrid?: "managed" | "explicit";
  readonly signedOffBy: string | undefined;
  /** A list of drivers that a person has checked (checked.ts). */
  readonly checked: string | undefined;
  /** Lines for the cover letter: earlier attempts. */
  readonly previous: readonly string[];
}

/**
 * Generates a series and writes it.
 * @throws KnownError for a dirty tree, an existing branch or folder, or when nobody is known to commit
 */
export async function writeSeries(
  folder: string,
  options: WriteOptions,
): Promise<{ readonly text: string; readonly left: number }> {
  const root = resolve(folder);
  const repository = existsSync(join(root, ".git")) ? workTreeRoot(root) : null;
  const head = repository === null ? null : headCommit(root);
  const who =
    options.output !== undefined || options.branch !== undefined
      ? (options.signedOffBy ?? committer(root))
      : undefined;
  checkTargets(root, repository, head, options);
  const checked =
    options.checked === undefined ? new Map() : parseChecked(readText(options.checked), options.checked);
  const series = await generateSeries(
    { kind: "folder", path: root },
    {
      ...options,
      checked,
      prefix: (path) => prefixFromHistory(repository, head, path) ?? prefixFromHabit(path),
    },
  );
  const made = options.group === "subsystem" ? grouped(series, subsystemOf) : series;
  const text: string[] = [];
  if (options.plan) text.push(planText(made, takers(root)));
  const sign = (patch: SeriesPatch): Commit => ({
    ...patch,
    body:
      options.signedOffBy === undefined
        ? patch.body
        : `${patch.body}\n\nSigned-off-by: ${options.signedOffBy}`,
  });
  const chosen = made.patches.filter((patch) => inStage(made, patch, options.stage));
  if (options.branch !== undefined) {
    const missing = batches(made.patches).find(({ stage }) => stage < (options.stage ?? 1));
    if (missing)
      throw new KnownError(
        `stage ${options.stage} builds on stage ${missing.stage}, which this tree does not have: ${missing.patches[0]!.title}`,
        "commit the earlier stages first, or write patches with --output",
      );
    text.push(
      chosen.length === 0
        ? nothingText(made, options.stage)
        : await commitPatches({ root, repository, head }, chosen.map(sign), options, made.tree.version, who!),
    );
  }
  if (options.output !== undefined) text.push(...(await writeFolders(made, options, sign, who!)));
  if (!options.plan) text.push(blockersText(made));
  for (const { file, line, why } of made.kept)
    text.push(`${file}:${line}: stays as it is, it frees on every path: ${why}\n`);
  for (const file of made.checkedInVain)
    text.push(`${options.checked}: ${file} needs no check: it is converted, or relies on nothing\n`);
  return { text: text.join(""), left: made.left.length };
}

/** Commits patches to the branch, beside the user's own or in a repository for them. @returns what was done, in words */
async function commitPatches(
  {
    root,
    repository,
    head,
  }: { readonly root: string; readonly repository: string | null; readonly head: string | null },
  commits: readonly Commit[],
  { branch, signal }: WriteOptions,
  version: string,
  who: string,
): Promise<string> {
  const at =
    repository !== null && head !== null
      ? { folder: repository, base: head }
      : await ownRepository(root, `Linux ${version}`, who, signal);
  const tip = await commitBranch(at.folder, branch!, at.base, commits, who);
  const where = at.folder === repository ? "" : ` in ${at.folder}`;
  return `${branch}: ${commits.length} commit${commits.length === 1 ? "" : "s"} on ${at.base.slice(0, 12)}, now ${tip.slice(0, 12)}${where}\n`;
}

/** Why nothing is written. */
function nothingText(series: Series, stage: number | undefined): string {
  if (series.patches.length === 0 && series.left.length === 0)
    return "no patch to write: the tree needs none\n";
  return `no patch to write: ${stage === 3 ? "stage 3 is held up" : "this stage has none"}\n`;
}

function checkTargets(
  root: string,
  repository: string | null,
  head: string | null,
  { branch, output }: WriteOptions,
): void {
  if (output !== undefined) checkFolder(output);
  const own = ownRepositoryFolder(root);
  if (repository === null && branch !== undefined && existsSync(own)) newBranch(own, branch);
  if (repository === null || head === null) return;
  const dirty = uncommittedFiles(repository);
  if (dirty.length > 0)
    throw new KnownError(
      `${root}: uncommitted changes in ${dirty[0]}${dirty.length > 1 ? ` and ${dirty.length - 1} more` : ""}`,
      "commit or stash them: the series is made of what is committed",
    );
  if (branch !== undefined) newBranch(repository, branch);
}

/** A folder that patches can be written to: none yet, or an empty one, where we may. */
function checkFolder(output: string): void {
  requireEmpty(output);
  let parent = dirname(resolve(output));
  while (!existsSync(parent)) parent = dirname(parent);
  if (!statSync(parent).isDirectory())
    throw new KnownError(`${output}: ${parent} is not a folder`, "name another folder");
  try {
    accessSync(parent, constants.W_OK);
  } catch {
    throw new KnownError(`${output}: ${parent} cannot be written`, "name another folder");
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new KnownError(`${path}: cannot be read (${systemErrorCode(error) ?? error})`);
  }
}

function inStage(series: Series, patch: SeriesPatch, stage: number | undefined): boolean {
  return (
    stage === undefined ||
    batches(series.patches).some((batch) => batch.stage === stage && batch.patches.includes(patch))
  );
}

async function writeFolders(
  series: Series,
  { output, stage, previous }: WriteOptions,
  sign: (patch: SeriesPatch) => Commit,
  who: string,
): Promise<string[]> {
  const coverOf = (part: Part) =>
    part.patches.length > 1
      ? { subject: coverSubject(part), text: coverText(series, part, previous) }
      : undefined;
  if (stage !== 2) {
    const patches = series.patches.filter((patch) => inStage(series, patch, stage));
    if (patches.length === 0) return [nothingText(series, stage)];
    const files = await writePatches(output!, patches.map(sign), who, coverOf({ stage, patches }));
    return [`${output}: ${plural(files.length, "file")}\n`];
  }
  const text: string[] = [];
  for (const batch of batches(series.patches).filter((b) => b.stage === 2)) {
    const folder = join(output!, batch.subsystem.replaceAll("/", "-"));
    const files = await writePatches(folder, batch.patches.map(sign), who, coverOf(batch));
    text.push(`${folder}: ${plural(files.length, "file")}\n`);
  }
  return text;
}

/**
 * Who takes patches of some files, by MAINTAINERS: the most precise section that all of them belong to and that has a
 * git tree; else the most precise one without; else each file's own.
 */
function takers(root: string): (paths: readonly string[]) => string {
  if (!existsSync(join(root, "MAINTAINERS"))) return () => "unknown: no MAINTAINERS";
  const index = new MaintainersIndex(readMaintainers(root), foldersOf(root));
  const tree = (section: Section) => section.entries.find(({ key }) => key === "T")?.value;
  const taker = (paths: readonly string[]): string => {
    const [first = "", ...others] = paths;
    const shared = index
      .match(first)
      // "THE REST" has every file.
      .filter(({ by }) => by.value !== "*" && by.value !== "*/")
      .map(({ section }) => section)
      .filter((section) => others.every((path) => index.match(path).some((m) => m.section === section)));
    const best = shared.find(tree) ?? shared[0];
    if (best) return `${best.name}${tree(best) === undefined ? "" : ` (${tree(best)})`}`;
    return others.length === 0
      ? `the maintainers of ${basename(first)}`
      : [...new Set(paths.map((path) => taker([path])))].join(", ");
  };
  return taker;
}
