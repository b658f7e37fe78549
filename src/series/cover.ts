/** The cover letter: the problem, the evidence, what was checked. git adds the shortlog and the diffstat. */
import type { DriverResult } from "../audit/result.js";
import type { Series } from "./generate.js";
import { wrap } from "./message.js";
import { reliesOnRelease } from "./need.js";
import { ended, handlerOf, type LiveFree, liveFrees } from "./under-handler.js";

/** Places named for each kind of hazard. */
const examples = 3;

export const coverSubject = "PCI/MSI: Make the owner of IRQ vectors explicit";

export function coverText(series: Series, previous: readonly string[] = []): string {
  const relying = series.before.filter(reliesOnRelease);
  const partial = relying.filter(({ class: c }) => c === "hybrid-partial");
  const last = series.patches.at(-1);
  const endsWithCore = last?.kind === "core";
  const own = endsWithCore ? [...last.change.keys()].filter(isDriver).length : 0;
  return [
    wrap(
      "pcim_enable_device() changes what pci_alloc_irq_vectors(), pci_enable_msi() and pci_enable_msix_*() mean: after it, devres frees the vectors, whether or not the driver does. Nobody can tell from an allocation who owns its vectors, and drivers got it wrong in both directions.",
    ),
    wrap(
      `The first patch adds pcim_alloc_irq_vectors(), by which a driver says that devres shall free its vectors. Then every driver that relies on the side effect on any path uses it${own ? `, but for ${own === 1 ? "one" : own} with MSI-X entries of its own choice, which the last patch gives a release action of its own` : ""}.${endsWithCore ? " The last patch ends the side effect." : ""}`,
    ),
    `Evidence (Linux ${series.tree.version}, every driver executed path by path):`,
    classCounts(series.before).join("\n"),
    "Of them, on devices enabled with pcim_enable_device():",
    hazardPlaces(series.before.filter(({ enable }) => enable !== "unmanaged")).join("\n"),
    ...(partial.length > 0
      ? [
          "Drivers that free on some paths only, and where they do not:",
          [...new Set(partial.map(examplePath))].join("\n"),
        ]
      : []),
    ...liveFreeLines(series),
    wrap(
      `What was checked: after each patch every driver that it can reach was audited again and no hazard is new, so the series can be bisected and can land in parts: the driver patches need the first one only. After the first patch the core was executed with the old and the new source through all sequences of enabling, allocating, freeing and detaching; plain allocations do the same.${endsWithCore ? " After the last, they do the same but for the release that is gone." : ""}`,
    ),
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
function liveFreeLines({ before, patches }: Series): string[] {
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
