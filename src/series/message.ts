/** Commit messages: what was, what is done, and for this driver where devres was relied on. True at their commit. */
import type { DriverResult } from "../audit/result.js";
import { ended, handlerOf, isDevm, liveFrees } from "./under-handler.js";
import type { Call, UnitChange } from "./unit.js";

/** Lines of a commit message end here (Documentation/process/submitting-patches.rst: 75 columns). */
const width = 72;
/** Release paths named in a message; the rest are counted. */
const named = 4;

/** @param prefix with what separates it from the rest */
export function unitTitle(prefix: string, change: UnitChange): string {
  const functionName = change.apis.every((api) => api.endsWith("_affinity"))
    ? "pcim_alloc_irq_vectors_affinity"
    : "pcim_alloc_irq_vectors";
  return `${prefix}Use ${functionName}()`;
}

/**
 * @param drivers as they were
 * @param after as they are with the change
 */
export function unitBody(
  drivers: readonly DriverResult[],
  change: UnitChange,
  after: readonly DriverResult[],
): string {
  const old = list(change.apis.map((api) => `${api}()`));
  const parts = [
    `The driver allocates IRQ vectors with ${old} and enables its device with pcim_enable_device(), which has a side effect: devres then frees the vectors too. ${reliance(drivers)}`,
    `In preparation for the removal of the side effect, allocate them with ${list(change.apis.map((api) => `${managedName(api)}()`))}, whose vectors devres frees in any case. They are still freed exactly once on driver detach.${change.dropsComment ? " Drop the comment that explained the side effect." : ""}`,
  ];
  if (change.adaptsCheck) {
    const zero = [...new Set(change.apis.filter(givesZero))];
    parts.push(
      `${list(zero.map((api) => `${api}()`))} return${zero.length === 1 ? "s" : ""} 0 and pcim_alloc_irq_vectors() the number of vectors; adapt the check${change.adaptsCheck > 1 ? "s" : ""}.`,
    );
  }
  if (change.apis.some((api) => api.startsWith("pci_enable_msix")))
    parts.push(
      "The driver asks for the first entries of the MSI-X table, in order, which is what pcim_alloc_irq_vectors() allocates; store their interrupt numbers where the old function did.",
    );
  if (change.dropped.length > 0) {
    const where = list([...new Set(change.dropped.map((d) => `${d.function}()`))]);
    parts.push(
      `Drop the driver's own frees in ${where}: devres frees the vectors on those paths, too, after probe or remove has returned.`,
    );
  }
  const frees = liveFrees(drivers);
  const left = liveFrees(after);
  for (const free of ended(frees, left))
    parts.push(
      `This also ends a free under a live handler: ${free.function}() could free the vectors while ${handlerOf(free)} still stood${isDevm(free) ? "; devres frees the handler first" : ""}.`,
    );
  const gone = new Set(change.dropped.map(({ file, line }) => `${file}:${line}`));
  const kept = drivers
    .flatMap(({ frees }) => frees)
    .filter(
      ({ file, line, when }) => /probe-error|remove|devm-action/.test(when) && !gone.has(`${file}:${line}`),
    )
    .map((free) => `${free.function}()`);
  if (kept.length > 0)
    parts.push(
      `The driver's own frees in ${list(kept)} stay: what they have freed, devres does not free again.`,
    );
  for (const free of left)
    parts.push(
      `Not mended here: ${free.function}() can free the vectors while ${handlerOf(free)} still stands, as before.`,
    );
  return parts.map((part) => wrap(part)).join("\n\n");
}

const givesZero = (api: string) => api === "pci_enable_msi" || api === "pci_enable_msix_exact";

function reliance(drivers: readonly DriverResult[]): string {
  if (drivers.every((d) => d.class === "unknown"))
    return "Whether the driver relies on that side effect on any path could not be decided; the change keeps devres as an owner in any case.";
  if (drivers.every((d) => d.class === "hybrid-full"))
    return "The driver frees them itself on every path, so they have two owners.";
  const partly = drivers.some(({ releasePaths }) => releasePaths.some(({ frees }) => frees));
  const how = partly
    ? "The driver frees them itself on some paths and relies on that side effect on others"
    : "The driver relies on that side effect";
  return `${how}: ${unreleasedPaths(drivers)}.`;
}

function managedName(api: string): string {
  return api === "pci_alloc_irq_vectors_affinity"
    ? "pcim_alloc_irq_vectors_affinity"
    : "pcim_alloc_irq_vectors";
}

/** "when remove returns, and when probe fails at foo()". */
function unreleasedPaths(drivers: readonly DriverResult[]): string {
  const paths = [
    ...new Set(drivers.flatMap((d) => d.releasePaths.filter(({ frees }) => !frees).map(({ path }) => path))),
  ];
  const words = paths.map(pathWords);
  const isNamed = words.some((word) => /fails in probe|fails with/.test(word));
  const unique = [...new Set(words)]
    .filter((word) => !isNamed || word !== "when probe fails")
    .sort((a, b) => Number(b.startsWith("on")) - Number(a.startsWith("on")));
  const shown = unique.slice(0, named);
  const more = unique.length - shown.length;
  return shown.length === 0
    ? "on a path that was not followed to its end"
    : `${list(shown)}${more > 0 ? ` (and on ${more} other failure${more === 1 ? "" : "s"} of probe)` : ""}`;
}

/** What is asked for a device or a type does not fail itself: what it was asked for does. */
const isMacro = /^[A-Z0-9_]+$/;

function pathWords(path: string): string {
  if (path === "remove") return "on remove";
  if (path.startsWith("detach")) return "on detach (it has no remove callback)";
  const at = /^probe fails at (\w+)$/.exec(path)?.[1];
  if (at !== undefined && isMacro.test(at)) return "when probe fails";
  if (at !== undefined) return `when ${at}() fails in probe`;
  const value = /^probe fails at (-\w+)$/.exec(path)?.[1];
  return value === undefined ? "when probe fails" : `when probe fails with ${value}`;
}

export function list(items: readonly string[]): string {
  const unique = [...new Set(items)];
  return unique.length <= 1 ? (unique[0] ?? "") : `${unique.slice(0, -1).join(", ")} and ${unique.at(-1)}`;
}

export function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

export const apiTitle = "PCI/MSI: Add managed pcim_alloc_irq_vectors()";

export const apiBody = [
  wrap(
    "pcim_enable_device() has a side effect: after it, vectors allocated with pci_alloc_irq_vectors() and pci_enable_msi*() are freed by devres. So functions that look unmanaged are managed or not, depending on how the device was enabled elsewhere in the driver; some drivers free the vectors as well, others rely on it on a few error paths only.",
  ),
  wrap(
    "Add pcim_alloc_irq_vectors() and pcim_alloc_irq_vectors_affinity(), whose vectors devres frees whoever enabled the device, so that drivers can say what they want. Once they do, the side effect can go.",
  ),
  wrap(
    "The release action is the one that the side effect uses, added by the same function unless it is there. It is therefore never there twice, it is taken back when an allocation fails or yields INTx, and nothing stays on the device after detach. Existing users see no change.",
  ),
].join("\n\n");

export const changeTitle = "PCI/MSI: Do not free IRQ vectors automatically after pcim_enable_device()";

/**
 * @param dropsMark whether the mark on the device goes
 * @param own calls without a managed counterpart, whose vectors get a release action of the driver's own
 */
export function changeBody({
  dropsMark,
  own,
}: {
  readonly dropsMark: boolean;
  readonly own: readonly Call[];
}): string {
  return [
    wrap(
      "pcim_enable_device() makes devres free IRQ vectors that were allocated with pci_alloc_irq_vectors(), pci_enable_msi() or pci_enable_msix_*(). This is not what these functions promise, and drivers that free the vectors themselves have them freed by two owners.",
    ),
    wrap(
      `${own.length > 0 ? "But for what is changed here, all" : "All"} drivers that relied on it use pcim_alloc_irq_vectors() now. Leave the others' vectors to the drivers, whichever way the device was enabled, and update the documentation.`,
    ),
    ...own.map(({ file, api, function: name }) =>
      wrap(
        `${file} changes along with it: the entries of the MSI-X table that ${name}() asks for with ${api}() are not the first ones, so pcim_alloc_irq_vectors() cannot stand in for it. Add a release action of the driver's own. In a patch before this one, the vectors would have two owners.`,
      ),
    ),
    ...(dropsMark
      ? [wrap("devres can tell whether the release action is there, so is_msi_managed goes, too.")]
      : []),
  ].join("\n\n");
}
