/** A range of commits as messages, by git format-patch: threads, numbers, base-commit and range-diff are its work. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownError, UsageError } from "../base/errors.js";
import { git, plainDiffs, plainSettings, resolveCommit } from "../kernel/git.js";
import { headerOf, type Message, parseMessage, textValue, withHeaders } from "./outbox-message.js";

export interface FormatOptions {
  readonly repository: string;
  readonly range: string;
  /** `Name <address>` of the sender; another author goes into the body. */
  readonly from: string;
  /** Text of the cover letter: its subject, an empty line, the rest. Undefined: the branch's description, if any. */
  readonly cover?: string;
  /** 2 or more for a new version. */
  readonly version?: number;
  /** What changed since the version before. */
  readonly changelog?: string;
  /** Revision or range of the version before, for the range-diff. */
  readonly previous?: string;
  readonly rfc?: boolean;
  readonly resend?: boolean;
  /** Message id of the message to answer. */
  readonly inReplyTo?: string;
  /** Default: the parent of the first commit. */
  readonly base?: string;
}

export interface Formatted {
  /** `0001-pci-example.eml`. */
  readonly file: string;
  readonly message: Message;
  /** The same as text, as git wrote it. */
  readonly text: string;
  readonly cover: boolean;
}

const SUBJECT = "*** SUBJECT HERE ***";
const BLURB = "*** BLURB HERE ***";

/** Whether a message still has git's place holders, which must not go out. */
export function isUnfinished(message: Message): boolean {
  return headerOf(message, "Subject")?.includes(SUBJECT) === true || message.body.includes(BLURB);
}

/**
 * Formats a range: a cover letter when there are two commits or more or a text for it, then the commits.
 * @throws KnownError when git cannot, UsageError when a new version says nothing of what changed.
 */
export function formatSeries(commits: readonly string[], options: FormatOptions): Formatted[] {
  const { repository, version = 1, changelog } = options;
  if (version > 1 && !changelog?.trim())
    throw new UsageError(`version ${version} needs a changelog`, "say what changed: --changelog FILE");
  if (options.cover?.trim() === "")
    throw new KnownError("the cover letter's text is empty", "it is a subject, an empty line and the text");
  checkRevisions(commits[0]!, options);
  const cover = commits.length > 1 || options.cover !== undefined;
  const coverText = options.cover ?? (cover ? branchDescription(repository) : undefined);
  const folder = mkdtempSync(join(tmpdir(), "treewide-mail-"));
  try {
    git(repository, formatArguments(commits, cover, folder, options));
    const messages = readdirSync(folder)
      .sort()
      .map((file, index) => {
        const bytes = readFileSync(join(folder, file));
        const isCover = cover && index === 0;
        const text = bytes.toString("utf8");
        return { file, message: parseMessage(bytes, file), text, cover: isCover };
      });
    const [first, ...rest] = messages;
    if (!first) throw new KnownError(`${options.range}: git format-patch wrote nothing`);
    const changes = changelog ? changesSince(version, changelog) : "";
    const message = cover
      ? fillCover(first.message, coverText, changes)
      : noteChanges(first.message, changes);
    return [{ ...first, message }, ...rest];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Git's own errors would name neither the option nor what to do. */
function checkRevisions(first: string, { repository, base, previous }: FormatOptions): void {
  for (const revision of previous?.split(/\.{2,3}/) ?? []) if (revision) resolveCommit(repository, revision);
  if (!base) return;
  const commit = resolveCommit(repository, base);
  const args = ["merge-base", "--is-ancestor", commit, first];
  if (commit === first || git(repository, args, { accept: [0, 1] }).status === 1)
    throw new KnownError(
      `--base ${base}: the series does not build on it`,
      "name a commit before its first one",
    );
}

/** Every setting of the user's that would change what lists can read is overridden here. */
function formatArguments(
  commits: readonly string[],
  cover: boolean,
  folder: string,
  options: FormatOptions,
): string[] {
  const base = options.base ?? parentOf(options.repository, commits[0]!);
  const prefix = ["PATCH", ...(options.resend ? ["RESEND"] : [])].join(" ");
  return [
    ...plainSettings,
    "format-patch",
    ...[
      "--output-directory",
      folder,
      "--suffix=.eml",
      "--no-attach",
      "--thread=shallow",
      "--no-to",
      "--no-cc",
    ],
    ...[
      "--no-add-header",
      "--encode-email-headers",
      "--encoding=UTF-8",
      ...plainDiffs,
      "--find-renames",
      "--binary",
    ],
    ...["--cover-from-description=none", `--from=${options.from}`],
    cover ? "--cover-letter" : "--no-cover-letter",
    commits.length > 1 || cover ? "--numbered" : "--no-numbered",
    `--subject-prefix=${options.rfc ? `RFC ${prefix}` : prefix}`,
    ...(options.version && options.version > 1 ? [`--reroll-count=${options.version}`] : []),
    ...(options.inReplyTo ? [`--in-reply-to=${messageId(options.inReplyTo)}`] : []),
    ...(options.previous ? [`--range-diff=${options.previous}`] : []),
    base ? `--base=${base}` : "--no-base",
    ...(options.range.includes("..") ? [] : ["-1"]),
    options.range,
    "--",
  ];
}

function parentOf(repository: string, commit: string): string | undefined {
  const { status, stdout } = git(repository, ["rev-parse", "--quiet", "--verify", `${commit}^`], {
    accept: "any",
  });
  return status === 0 ? stdout.toString().trim() : undefined;
}

function messageId(text: string): string {
  const id = /^<?([^<>\s]+@[^<>\s]+)>?$/.exec(text)?.[1];
  if (!id)
    throw new UsageError(`${text}: no message id`, "a message id is ID@DOMAIN, without the list's URL");
  return `<${id}>`;
}

/** What `git branch --edit-description` holds for the current branch. */
function branchDescription(repository: string): string | undefined {
  const ask = (...args: string[]) => {
    const { stdout } = git(repository, args, { accept: [0, 1] });
    return stdout.toString("utf8").trim() || undefined;
  };
  const branch = ask("symbolic-ref", "--quiet", "--short", "HEAD");
  return branch && ask("config", "--get", `branch.${branch}.description`);
}

/** Fills git's place holders; without a text they stay, and keep the message from being sent. */
function fillCover(message: Message, text: string | undefined, changes: string): Message {
  const [first = "", ...rest] = text?.trim().split("\n") ?? [SUBJECT, BLURB];
  const tag = /^\[[^\]]*\]/.exec(headerOf(message, "Subject") ?? "")?.[0] ?? "";
  const subject = `${tag} ${first.replace(/^Subject:\s*/i, "").trim()}`;
  const blurb = [latin1(rest.join("\n").trim()), changes].filter(Boolean).join("\n\n").trimEnd();
  return {
    headers: withHeaders(message, { Subject: textValue("Subject", subject) }).headers,
    body: message.body.replace(BLURB, () => blurb),
  };
}

/** Below a single patch's `---`, where git am drops it. */
function noteChanges({ headers, body }: Message, changes: string): Message {
  return { headers, body: changes ? body.replace(/^---$/m, () => `---\n${changes}`) : body };
}

function changesSince(version: number, changelog: string): string {
  const text = latin1(changelog.trim());
  return /^changes\b|^v\d/i.test(text) ? `${text}\n` : `Changes in v${version}:\n${text}\n`;
}

const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1");
