/** Patches of one subsystem as one patch, for those maintainers who want it so. */
import type { Series, SeriesPatch } from "./generate.js";
import { wrap } from "./message.js";

/** @param groupOf names the group of a driver's file */
export function grouped(series: Series, groupOf: (path: string) => string): Series {
  const groups = new Map<string, SeriesPatch[]>();
  for (const patch of series.patches) {
    const key = patch.kind === "driver" ? groupOf(patch.drivers[0]!) : patch.title;
    groups.set(key, [...(groups.get(key) ?? []), patch]);
  }
  return {
    ...series,
    patches: [...groups].map(([name, patches]) =>
      patches.length === 1 ? patches[0]! : joined(name, patches),
    ),
  };
}

function joined(name: string, patches: readonly SeriesPatch[]): SeriesPatch {
  const prefix = sharedPrefix(patches.map(({ title }) => title)) ?? name.split("/").at(-1)!;
  return {
    kind: "driver",
    title: `${prefix}: Use pcim_alloc_irq_vectors()`,
    body: [
      wrap(
        "These drivers rely on devres to free their IRQ vectors, a side effect of pcim_enable_device(). In preparation for its removal, allocate the vectors with pcim_alloc_irq_vectors().",
      ),
      ...patches.map(({ title, body }) => `${title.split(/(?:: | - )Use /)[0]}:\n${body}`),
    ].join("\n\n"),
    change: new Map(patches.flatMap(({ change }) => [...change])),
    // The first patch that changes a file knows it as it was.
    before: new Map([...patches].reverse().flatMap(({ before }) => [...before])),
    drivers: patches.flatMap(({ drivers }) => drivers),
    ended: patches.flatMap(({ ended }) => ended),
    proof: patches.map(({ proof }) => proof).join("; "),
  };
}

/** What the prefixes of some titles have in common: "ata" of "ata: ahci: …" and "ata: sata_mv: …". */
export function sharedPrefix(titles: readonly string[]): string | undefined {
  const [first, ...rest] = titles.map((title) => title.split(": ").slice(0, -1));
  const shared = first!.filter((part, i) => rest.every((other) => other[i] === part));
  return shared.length > 0 ? shared.join(": ") : undefined;
}
