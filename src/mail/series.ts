/** Patches grouped into the series that they were posted as. */
import { parseSubject, type Subject } from "./subject.js";
import { type Threadable, threadOrder } from "./thread.js";

/** What grouping needs to know of a message. */
export interface Posted extends Threadable {
  readonly subject: string;
  /** The author's address, lower case. */
  readonly address: string;
}

export interface Series<M> {
  readonly title: string;
  readonly address: string;
  readonly version: number;
  readonly resend: boolean;
  readonly rfc: boolean;
  /** How many patches it says it has; 1 for a patch on its own. */
  readonly total: number;
  readonly cover: M | undefined;
  /** By their numbers; some may be missing in the archive. */
  readonly patches: ReadonlyMap<number, M>;
  /** The messages that answer it, of all depths, oldest first. */
  readonly replies: readonly M[];
  /** Of its first message; seconds since 1970. */
  readonly date: number;
}

interface Growing<M> extends Series<M> {
  cover: M | undefined;
  patches: Map<number, M>;
  replies: M[];
}

/**
 * The series in a thread's messages. One author's patches with the same version and total, sent below the same
 * message or as its siblings, are one series; a number that comes twice begins a resend.
 */
export function groupSeries<M extends Posted>(messages: readonly M[]): readonly Series<M>[] {
  const groups: Growing<M>[] = [];
  const of = new Map<M, Growing<M>>();
  const subjects = new Map(messages.map((message) => [message, parseSubject(message.subject)]));
  const isPosted = (message: M) => subjects.get(message)!.patch && !subjects.get(message)!.reply;
  for (const message of [...messages].sort(
    (a, b) => a.date - b.date || order(subjects, a) - order(subjects, b),
  ))
    if (isPosted(message)) of.set(message, place(groups, message, subjects.get(message)!));
  // A reply belongs to the nearest patch above it.
  for (const { message, parent } of threadOrder(messages)) {
    if (isPosted(message)) continue;
    const group = parent && of.get(parent);
    if (!group) continue;
    of.set(message, group);
    group.replies.push(message);
  }
  return groups.map((group) => ({
    ...group,
    title: titleOf(group),
    replies: group.replies.sort((a, b) => a.date - b.date),
  }));
}

const order = <M>(subjects: ReadonlyMap<M, Subject>, message: M) => subjects.get(message)!.number ?? 0;

/** Patches of a series are sent within this time (seconds). */
const sendingTime = 86400;

function place<M extends Posted>(groups: Growing<M>[], message: M, subject: Subject): Growing<M> {
  const number = subject.number ?? 1;
  const total = subject.total ?? 1;
  const fits = (group: Growing<M>) =>
    total > 1 &&
    group.address === message.address &&
    group.version === subject.version &&
    group.total === total &&
    message.date - group.date <= sendingTime &&
    (number === 0 ? group.cover === undefined : !group.patches.has(number));
  let group = groups.find(fits);
  if (!group) {
    group = {
      title: subject.title,
      address: message.address,
      version: subject.version,
      resend: subject.resend,
      rfc: subject.rfc,
      total,
      cover: undefined,
      patches: new Map(),
      replies: [],
      date: message.date,
    };
    groups.push(group);
  }
  if (number === 0) group.cover = message;
  else group.patches.set(number, message);
  return group;
}

/** Of the cover letter, else of the first patch that there is. */
function titleOf<M extends Posted>(group: Growing<M>): string {
  const first = group.cover ?? group.patches.get(Math.min(...group.patches.keys()));
  return first ? parseSubject(first.subject).title : group.title;
}
