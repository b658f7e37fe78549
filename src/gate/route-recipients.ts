/**
 * Collects recipients and keeps each of them once, by the rules of get_maintainer.pl: first by name and by address
 * as MAINTAINERS writes them (push_email_address), then again after .mailmap (deduplicate_email, merge_email).
 */
import { formatPerson, type Mailmap, type Person } from "../kernel/maintainers-people.js";
import type { Reason, Recipient } from "./route.js";

interface Draft {
  person: Person;
  readonly reasons: Reason[];
}

export class RecipientBook {
  private people: Draft[] = [];
  private lists: Draft[] = [];
  private readonly byName = new Map<string, Draft>();
  private readonly byAddress = new Map<string, Draft>();
  private readonly byList = new Map<string, Draft>();

  constructor(private readonly mailmap: Mailmap) {}

  /** Adds a person, or one more reason to the one who has the name or the address already. */
  add(person: Person, reason: Reason): void {
    const name = person.name.toLowerCase();
    const address = person.address.toLowerCase();
    const known = this.byAddress.get(address) ?? (name ? this.byName.get(name) : undefined);
    if (known) {
      known.reasons.push(reason);
      return;
    }
    const draft = { person, reasons: [reason] };
    this.people.push(draft);
    this.byAddress.set(address, draft);
    if (name) this.byName.set(name, draft);
  }

  addList(address: string, reason: Reason): void {
    const known = this.byList.get(address.toLowerCase());
    if (known) {
      known.reasons.push(reason);
      return;
    }
    const draft = { person: { name: "", address }, reasons: [reason] };
    this.lists.push(draft);
    this.byList.set(address.toLowerCase(), draft);
  }

  /** Maps everybody through .mailmap, merges those who became one, and drops those who are not to be mailed. */
  settle(drop: (person: Person) => boolean): void {
    const names = new Map<string, Person>();
    const addresses = new Map<string, Person>();
    for (const draft of [...this.people, ...this.lists]) {
      const mapped = this.mailmap(draft.person);
      const name = mapped.name.toLowerCase();
      const address = mapped.address.toLowerCase();
      const known = (name ? names.get(name) : undefined) ?? addresses.get(address);
      if (!known) {
        names.set(name, mapped);
        addresses.set(address, mapped);
      }
      draft.person = this.mailmap(known ?? mapped);
    }
    this.people = this.people.filter((draft) => !drop(draft.person));
  }

  /** Adds a person found after the settling: in a file or a commit. */
  addLate(person: Person, reason: Reason): void {
    const mapped = this.mailmap(person);
    const same = this.people.filter(
      (draft) =>
        draft.person.address === mapped.address || (mapped.name && draft.person.name === mapped.name),
    );
    if (same.length === 0) this.add(mapped, reason);
    for (const draft of same)
      if (!draft.reasons.some((r) => r.role === reason.role)) draft.reasons.push(reason);
  }

  /** Everybody once: people in the order in which they were found, then lists. */
  recipients(): Recipient[] {
    const merged = new Map<string, Draft>();
    for (const draft of [...this.people, ...this.lists]) {
      const key = formatPerson(draft.person);
      const known = merged.get(key);
      if (known) known.reasons.push(...draft.reasons);
      else merged.set(key, { person: draft.person, reasons: [...draft.reasons] });
    }
    return [...merged.values()].map(({ person, reasons }) => ({
      ...person,
      role: reasons[0]!.role,
      section: reasons[0]!.section,
      reasons,
    }));
  }
}
