/** A series as ready messages: formatted, addressed by a policy, encoded, checked, written into a folder. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { formatPerson, type Person, readMailmap } from "../kernel/maintainers-people.js";
import { encodeBody } from "./outbox-encoding.js";
import { type FormatOptions, type Formatted, formatSeries, isUnfinished } from "./outbox-format.js";
import {
  addressValue,
  formatMessage,
  headerOf,
  type Message,
  parseMessage,
  peopleOf,
  withHeaders,
} from "./outbox-message.js";
import { capWarnings, messageWarnings, namelessWarnings, signOffWarnings } from "./outbox-warnings.js";
import { type Addressees, type Caps, DEFAULT_CAPS, type Policy, planRecipients } from "./recipients.js";
import { buildsOn } from "./recipients-api.js";
import { Router } from "./route.js";
import { authorsOf, commitsOf, signersOf } from "./route-git.js";
import { parsePatch } from "./route-patch.js";

export interface ComposeOptions extends Omit<FormatOptions, "from"> {
  /** Top of the tree whose MAINTAINERS is asked. */
  readonly tree: string;
  readonly sender: Person;
  readonly policy: Policy;
  readonly cc: readonly Person[];
  readonly caps?: Caps;
  readonly maxBytes?: number;
}

export interface Outgoing {
  readonly file: string;
  readonly message: Message;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  /** Whom a cap left out. */
  readonly leftOut: readonly Person[];
}

export interface Outbox {
  readonly messages: readonly Outgoing[];
  /** What the sender should know before sending, one sentence each. */
  readonly warnings: readonly string[];
}

/** More is not a patch that anybody reviews by mail. */
export const MAX_BYTES = 1_000_000;

/**
 * Makes the messages of a range. Nothing is written or sent.
 * @throws KnownError when a patch, a name or the size of a message is not fit to be mailed.
 */
export function compose(options: ComposeOptions): Outbox {
  const { repository, tree, policy } = options;
  const router = new Router(tree);
  const commits = commitsOf(repository, options.range);
  const formatted = formatSeries(commits, { ...options, from: formatPerson(options.sender) });
  const patches = formatted.filter(({ cover }) => !cover).map(({ text, file }) => parsePatch(text, file));
  const uses = policy === "bookends" ? buildsOn(patches) : patches.map(() => []);
  const routed = patches.map((patch) => router.routePatch(patch, signersOf(repository, patch.fixes)));
  const plan = planRecipients(
    patches.map((patch, index) => ({
      routed: routed[index]!,
      others: [...patch.trailers, ...router.routeFiles(uses[index]!)],
    })),
    {
      policy,
      cover: formatted[0]!.cover,
      cc: options.cc,
      self: [options.sender.address],
      mailmap: readMailmap(tree),
      caps: options.caps ?? DEFAULT_CAPS,
    },
  );
  const authors = authorsOf(repository, commits);
  const now = Date.now();
  const messages = formatted.map((one, index) =>
    finish(one, options.sender, plan[index]!, new Date(now + index * 1000)),
  );
  for (const { file, message } of messages) checkMessage(file, message, options.maxBytes);
  return {
    messages,
    warnings: [
      ...router.problems.map(({ line, what }) => `MAINTAINERS:${line}: ${what}`),
      ...patches.flatMap(namelessWarnings),
      ...patches.flatMap((patch, index) => signOffWarnings(patch, authors[index]!)),
      ...capWarnings(messages),
      ...messages.flatMap(messageWarnings),
      ...(options.version && options.version > 1 && !options.previous
        ? ["no range-diff: name the version before with --previous"]
        : []),
    ],
  };
}

function finish({ file, message }: Formatted, sender: Person, addressees: Addressees, date: Date): Outgoing {
  const { to, cc } = addressees;
  const addressed = withHeaders(message, {
    From: addressValue("From", [sender]), // git leaves the cover letter's unencoded
    Date: mailDate(date),
    To: to.length > 0 ? addressValue("To", to) : undefined,
    Cc: cc.length > 0 ? addressValue("Cc", cc) : undefined,
  });
  return { file, message: encodeBody(addressed), ...addressees };
}

/** RFC 5322, 3.3. */
export function mailDate(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}

/**
 * Refuses what must not go out.
 * @throws KnownError with the file and the reason.
 */
function checkMessage(file: string, message: Message, maxBytes = MAX_BYTES): void {
  const bytes = formatMessage(message);
  parseMessage(bytes, file); // control characters in what was put together
  if (bytes.length > maxBytes)
    throw new KnownError(
      `${file}: ${bytes.length} bytes are more than ${maxBytes}`,
      "lists reject large messages: split the patch, or put it on a server and mail the link; --max-size sets the limit",
    );
  for (const name of ["From", "Subject", "Date", "Message-ID"]) {
    const count = message.headers.filter((header) => header.name.toLowerCase() === name.toLowerCase()).length;
    if (count !== 1) throw new KnownError(`${file}: ${count} headers ${name}`, "a message has exactly one");
  }
  const long = message.headers.find(({ value }) => value.split("\n").some((line) => line.length > 900));
  if (long)
    throw new KnownError(`${file}: a line of more than 900 bytes in ${long.name}`, "shorten the name");
  if (message.headers.some(({ name }) => /^(resent-.*|bcc)$/i.test(name)))
    throw new KnownError(`${file}: Bcc and Resent headers are not sent`, "remove the header");
  for (const name of ["From", "To", "Cc"]) peopleOf(message, name, file);
}

/**
 * Writes the messages.
 * @throws KnownError when the folder holds messages already: they may have been edited or sent.
 */
export function writeOutbox(folder: string, { messages }: Outbox): void {
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0))
    throw new KnownError(`${folder}: not an empty folder`, "name another one, or remove it");
  for (const { file, message } of messages) writeFileAtomic(join(folder, file), formatMessage(message));
}

/**
 * Reads the messages of a folder, in the order of their names, as they are now: they may have been edited.
 * @throws KnownError when there are none or when one must not go out.
 */
export function readOutbox(folder: string, maxBytes?: number): Outgoing[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".eml")) : [];
  if (files.length === 0)
    throw new KnownError(`${folder}: holds no message`, "write some: treewide mail RANGE --output DIR");
  const messages = files.sort().map((file) => {
    const message = parseMessage(readFileSync(join(folder, file)), file);
    checkMessage(file, message, maxBytes);
    if (isUnfinished(message))
      throw new KnownError(`${file}: its subject or text is still git's place holder`, "write it");
    const [to, cc] = [peopleOf(message, "To", file), peopleOf(message, "Cc", file)];
    return { file, message, to, cc, leftOut: [] };
  });
  const ids = new Set(messages.map(({ message }) => headerOf(message, "Message-ID")));
  if (ids.size < messages.length)
    throw new KnownError(`${folder}: two messages have the same Message-ID`, "remove the copy");
  return messages;
}
