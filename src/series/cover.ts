/** The cover letter: the problem, the evidence, what was checked. git adds the shortlog and the diffstat. */
import type { DriverResult } from "../audit/result.js";
import type { Series, SeriesPatch } from "./generate.js";
import { sharedPrefix } from "./group.js";
import { wrap } from "./message.js";
import { reliesOnRelease } from "./need.js";
import { ended, handlerOf, type LiveFree, liveFrees } from "./under-handler.js";

/** Places named for each kind of hazard. */
const examples = 3;

/** What of a series is sent with a letter: all of it, or a stage, or a subsystem's part of the second. */
export interface Part {
  readonly stage: number | undefined;
  /** Of the second stage: "drivers/net/ethernet". */
  readonly subsystem?: string;
  readonly patches: readonly SeriesPatch[];
}

export function coverSubject({ subsystem, patches }: Part): string {
  const titles = patches.map(({ title }) => title);
  const prefix =
    subsystem === undefined
      ? "PCI/MSI"
      : (sharedPrefix(titles) ?? mostly(titles) ?? subsystem.split("/").at(-1)!);
  return `${prefix}: Make the owner of IRQ vectors explicit`;
}

/** What more than one title begins with: "net" of "net: hibmcge: …", "ice: …" and "net: pch_gbe: …". */
function mostly(titles: readonly string[]): string | undefined {
  const firsts = titles.map((title) => title.split(": ")[0]!);
  const counts = firsts.map((first) => firsts.filter((other) => other === first).length);
  const most = Math.max(...counts);
  return most > 1 ? firsts[counts.indexOf(most)] : undefined;
}

export function coverText(series: Series, part: Part, previous: readonly string[] = []): string {
  const ours = new Set(part.patches.flatMap(({ drivers }) => drivers));
  const before =
    part.subsystem === undefined ? series.before : series.before.filter(({ driver }) => ours.has(driver));
  const partial = before.filter((d) => reliesOnRelease(d) && d.class === "hybrid-partial");
  return [
    wrap(
      "pcim_enable_device() changes what pci_alloc_irq_vectors(), pci_enable_msi() and pci_enable_msix_*() mean: after it, devres frees the vectors, whether or not the driver does. Nobody can tell from an allocation who owns its vectors, and drivers got it wrong in both directions.",
    ),
    wrap(whatItDoes(part)),
    part.subsystem === undefined
      ? `Evidence (Linux ${series.tree.version}, every driver executed path by path):`
      : `Evidence (Linux ${series.tree.version}, these drivers executed path by path):`,
    classCounts(before).join("\n"),
    ...(part.subsystem === undefined ? ["Of them, on devices enabled with pcim_enable_device():"] : []),
    hazardPlaces(before.filter(({ enable }) => enable !== "unmanaged")).join("\n"),
    ...(partial.length > 0
      ? [
          "Drivers that free on some paths only, and where they do not:",
          [...new Set(partial.map(examplePath))].join("\n"),
        ]
      : []),
    ...liveFreeLines(before, part.patches),
    wrap(whatWasChecked(part)),
    ...(previous.length > 0 ? ["Previous attempts:", previous.map((line) => `  ${line}`).join("\n")] : []),
    ...(series.checked.length > 0
      ? [
          "Not converted, and found to need no automatic release by reading the code:",
          series.checked.map((c) => `  ${c.file}:${c.line}\n    ${c.why}`).join("\n"),
        ]
      : []),
    ...(series.left.length > 0
      ? [
          "Not converted, so the side effect has to stay until somebody has looked at:",
          series.left.map((l) => `  ${l.file}:${l.line}\n    ${l.why}`).join("\n"),
        ]
      : []),
  ].join("\n\n");
}

function whatItDoes({ stage, subsystem, patches }: Part): string {
  const core = patches.find(({ kind }) => kind === "core");
  const own = core ? [...core.change.keys()].filter(isDriver).length : 0;
  const ofItsOwn = `${own === 1 ? "one" : own} with MSI-X entries of its own choice`;
  const adds = "pcim_alloc_irq_vectors(), by which a driver says that devres shall free its vectors";
  switch (stage) {
    case 1:
      return `This is the first of three stages. It adds ${adds}; PCI's own drivers that rely on the side effect use it. The drivers of each subsystem follow by themselves, and when all have, the side effect ends.`;
    case 2:
      return `This is ${subsystem}'s part of the second of three stages. The first added ${adds}. Here the drivers that rely on the side effect on any path use it. These patches need the first stage only, and none to another subsystem; when all have landed, the side effect ends.`;
    case 3:
      return `This is the last of three stages: but for ${own ? `${ofItsOwn} and ` : ""}one that is left as the example, all drivers that rely on the side effect use ${adds}. The first patch converts the example; the last one ends the side effect${own ? ", and gives the other a release action of its own" : ""}.`;
    default:
      return `The first patch adds ${adds}. Then every driver that relies on the side effect on any path uses it${own ? `, but for ${ofItsOwn}, which the last patch gives a release action of its own` : ""}.${core ? " The last patch ends the side effect." : ""}`;
  }
}

function whatWasChecked({ stage, patches }: Part): string {
  const has = (kind: SeriesPatch["kind"]) => patches.some((patch) => patch.kind === kind);
  return [
    "What was checked: after each patch every driver that it can reach was audited again and no hazard is new, so the series can be bisected",
    stage === undefined ? " and can land in parts: the driver patches need the first one only." : ".",
    has("api")
      ? " After the first patch the core was executed with the old and the new source through all sequences of enabling, allocating, freeing and detaching; plain allocations do the same."
      : "",
    has("core")
      ? " With the last patch, plain allocations do the same as before but for the release that is gone: the core was executed with the old and the new source through all sequences of calls."
      : "",
  ].join("");
}

function classCounts(drivers: readonly DriverResult[]): string[] {
  const counts = new Map<string, number>();
  for (const { class: name } of drivers) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `  ${String(count).padStart(4)} ${name}`);
}

/** Whether a file of the core change is a driver's. */
const isDriver = (path: string) => /^(drivers|sound)\/(?!pci\/)/.test(path);

/** Each kind of hazard: how many drivers have it, and the first places. */
function hazardPlaces(drivers: readonly DriverResult[]): string[] {
  /** For each kind the first place of each driver. */
  const kinds = new Map<string, Map<string, string>>();
  for (const { driver, hazards } of drivers)
    for (const { kind, file, line } of hazards) {
      const found = kinds.get(kind) ?? new Map<string, string>();
      kinds.set(kind, found);
      if (!found.has(driver)) found.set(driver, `${file}:${line}`);
    }
  return [...kinds].flatMap(([kind, found]) => [
    `  ${String(found.size).padStart(4)} file${found.size === 1 ? "" : "s"} with ${kind.replaceAll("-", " ")}, for example`,
    ...[...new Set(found.values())].slice(0, examples).map((place) => `         ${place}`),
  ]);
}

/** Frees under a live handler on managed devices: which patches end them, and what is left. */
function liveFreeLines(before: readonly DriverResult[], patches: readonly SeriesPatch[]): string[] {
  const all = liveFrees(before.filter(({ enable }) => enable !== "unmanaged"));
  const gone = patches.flatMap(({ ended, title }) => ended.map((free) => ({ free, title })));
  const left = all.filter((free) => gone.every((g) => ended([free], [g.free]).length > 0));
  const line = (free: LiveFree) =>
    `  ${free.file}:${free.line} ${free.function}()\n    under ${handlerOf(free)}`;
  return [
    ...(gone.length > 0
      ? [
          "Vectors freed under a live handler, and no longer with this series:",
          gone.map(({ free, title }) => `${line(free)}\n    ${title}`).join("\n"),
        ]
      : []),
    ...(left.length > 0
      ? [
          wrap(
            "Vectors freed under a live handler, as far as the audit sees, by drivers that call pcim_enable_device() and that this series leaves as they are:",
          ),
          left.map(line).join("\n"),
        ]
      : []),
  ];
}

function examplePath({ releasePaths, driver }: DriverResult): string {
  const path = releasePaths.find(({ frees }) => !frees);
  return path ? `  ${path.file}:${path.line} ${path.path}` : `  ${driver}`;
}
