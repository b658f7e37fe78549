/**
 * Who gets which message of a series. Routing says who is concerned by a patch; a policy says who else is to see it,
 * and caps keep a header from growing until lists hold or reject the message.
 */
import type { Mailmap, Person } from "../kernel/maintainers-people.js";
import type { Recipient } from "./route.js";

/** Every policy, and what `--help` says of it. */
const policies = {
  bookends: "cover letter, first and last patch to everybody concerned by any; each other patch to its own",
  everyone: "every message to everybody concerned by any",
  "per-patch": "each patch to its own; the cover letter to everybody",
} as const;
export type Policy = keyof typeof policies;

export interface Caps {
  /** Of one message. */
  readonly recipients: number;
  /** Bytes of To and Cc together, as text. */
  readonly header: number;
}

/**
 * A server need not take more than 100 recipients a message (RFC 5321, 4.5.3.1.8), and sendmail refuses headers of
 * more than 32,768 bytes in all (MaxHeadersLength); half of that leaves room for what relays add.
 */
export const DEFAULT_CAPS: Caps = { recipients: 100, header: 16_384 };

export interface PatchRecipients {
  readonly routed: readonly Recipient[];
  /** Named by trailers, or by others' patches that this one builds on. */
  readonly others: readonly Person[];
}

export interface Addressees {
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  /** Left out by a cap; each of them gets at least the patch that concerns him. */
  readonly leftOut: readonly Person[];
}

export interface PolicyOptions {
  readonly policy: Policy;
  /** Whether there is a cover letter. */
  readonly cover: boolean;
  /** For every message. */
  readonly cc: readonly Person[];
  /** Never an addressee: the sender. */
  readonly self: readonly string[];
  readonly mailmap: Mailmap;
  readonly caps: Caps;
}

/** One addressee with his weight: less is dropped later. */
interface Candidate {
  readonly person: Person;
  readonly to: boolean;
  /** 0: concerned by this very message; 1: a list; 2: a maintainer of another patch; 3: others of another patch. */
  readonly rank: number;
}

/**
 * Plans the cover letter (when there is one) and each patch, in order. Maintainers go to To, everybody else to Cc;
 * one person under two names or addresses is one addressee.
 */
export function planRecipients(patches: readonly PatchRecipients[], options: PolicyOptions): Addressees[] {
  const last = patches.length - 1;
  const own = patches.map((patch) => candidatesOf(patch, 0));
  const all = patches.flatMap((patch) => candidatesOf(patch, undefined));
  const widest = (index: number) =>
    options.policy === "everyone" || (options.policy === "bookends" && (index === 0 || index === last));
  const always = options.cc.map((person) => ({ person, to: false, rank: 0 }));
  const messages = [
    ...(options.cover ? [[...always, ...all]] : []),
    ...own.map((candidates, index) => [...candidates, ...always, ...(widest(index) ? all : [])]),
  ];
  return messages.map((candidates) => address(candidates, options));
}

function candidatesOf({ routed, others }: PatchRecipients, rank: number | undefined): Candidate[] {
  return [
    ...routed.map(({ name, address, role }) => {
      const maintains = role === "maintainer" || role === "chief penguin";
      const usual = role.endsWith("list") ? 1 : maintains ? 2 : 3;
      return { person: { name, address }, to: maintains, rank: rank ?? usual };
    }),
    ...others.map(({ name, address }) => ({ person: { name, address }, to: false, rank: rank ?? 3 })),
  ];
}

function address(candidates: readonly Candidate[], { self, mailmap, caps }: PolicyOptions): Addressees {
  const me = new Set(self.map((text) => text.toLowerCase()));
  const unique = deduplicate(candidates, mailmap).filter(
    ({ person }) => !me.has(person.address.toLowerCase()),
  );
  const kept = new Set<Candidate>();
  let bytes = 0;
  for (const candidate of unique.toSorted((one, two) => one.rank - two.rank)) {
    const length = candidate.person.name.length + candidate.person.address.length + 5; // `, ` and ` <>`
    const full = kept.size >= caps.recipients || bytes + length > caps.header;
    if (full && candidate.rank > 0) continue;
    kept.add(candidate);
    bytes += length;
  }
  const people = (wanted: (candidate: Candidate) => boolean) =>
    unique.filter(wanted).map(({ person }) => person);
  const to = people((candidate) => kept.has(candidate) && candidate.to);
  const cc = people((candidate) => kept.has(candidate) && !candidate.to);
  const leftOut = people((candidate) => !kept.has(candidate));
  return to.length > 0 ? { to, cc, leftOut } : { to: cc, cc: [], leftOut }; // a message needs a To
}

/** Keeps the first of each name and of each address; what the others add is the stronger place. */
function deduplicate(candidates: readonly Candidate[], mailmap: Mailmap): Candidate[] {
  const found: Candidate[] = [];
  const at = new Map<string, number>();
  for (const { person: raw, to, rank } of candidates) {
    const person = mailmap(raw);
    const keys = [person.address, person.name].filter(Boolean).map((key) => key.toLowerCase());
    const index = keys.map((key) => at.get(key)).find((known) => known !== undefined);
    if (index === undefined) {
      for (const key of keys) at.set(key, found.length);
      found.push({ person, to, rank });
    } else {
      const known = found[index]!;
      found[index] = { person: known.person, to: known.to || to, rank: Math.min(known.rank, rank) };
    }
  }
  return found;
}
