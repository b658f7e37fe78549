/** What classes and hazards mean, in the words of the reports: rows, one for each (docs/WORDS.md). */
import type { DriverClass } from "../ownership/classify.js";
import type { HazardKind } from "../ownership/observer.js";

export interface HazardWords {
  /** A heading of two short lines for a column. */
  readonly heading: readonly [string, string];
  /** What is wrong, as the message of a warning. */
  readonly message: string;
  /** Why it matters and what to do: help texts. */
  readonly help: string;
  /** Wrong in the tree as it is, or only once the core changes. */
  readonly level: "error" | "warning" | "note";
}

export const hazardWords: Readonly<Record<HazardKind, HazardWords>> = {
  "leaks-today": {
    heading: ["leaks", "today"],
    message: "IRQ vectors are still allocated when devres has run: they leak today",
    help: "Nobody frees the vectors on this path: the device is not managed and the driver does not call pci_free_irq_vectors(). MSI stays enabled and the next probe fails. Free them on this path.",
    level: "error",
  },
  "freed-under-handler": {
    heading: ["under", "handler"],
    message: "IRQ vectors are freed while a handler is still requested",
    help: "The interrupt descriptor goes while its handler stands; devres later frees a handler of a number that is no longer the driver's. Free the handler first, or let devres own both.",
    level: "error",
  },
  "used-after-free": {
    heading: ["used", "after"],
    message: "an IRQ vector is used after the vectors were freed",
    help: "After the free, pci_irq_vector() has no vector to name. Free the vectors last.",
    level: "error",
  },
  "double-owner": {
    heading: ["double", "owner"],
    message: "IRQ vectors that a managed allocation took are freed by the driver as well",
    help: "What pcim_alloc_irq_vectors() allocates belongs to devres. Drop the driver's own free.",
    level: "warning",
  },
  "stale-managed-flag": {
    heading: ["stale", "flag"],
    message: "the device still counts as managed after its release: the next driver inherits that",
    help: "The core's is_msi_managed stays set across unbind, so that the next driver bound to the device gets, or misses, a release that it did not ask for.",
    level: "error",
  },
  "leaks-after-core-change": {
    heading: ["leaks", "later"],
    message:
      "only devres frees the IRQ vectors here: they leak once pci_alloc_irq_vectors() is no longer managed",
    help: "The driver relies on pcim_msi_release(), which the core registers for a managed device. Use pcim_alloc_irq_vectors(), or free the vectors on every release path.",
    level: "warning",
  },
  "freed-twice": {
    heading: ["freed", "twice"],
    message: "the driver frees its IRQ vectors, and devres calls the free again",
    help: "On a managed device pcim_msi_release() runs after the driver's own free. Today the second call does nothing. Decide who owns the vectors.",
    level: "note",
  },
};

/** What a driver of that class does, for headings. */
export const classWords: Readonly<Record<DriverClass, string>> = {
  "explicit-leaky": "unmanaged, and does not free on every release path: leaks today",
  unknown: "could not be decided; the reason stands below each",
  "hybrid-partial": "managed; frees on some release paths, devres on the others",
  implicit: "managed; never frees, devres does",
  "hybrid-full": "managed, and frees on every release path all the same",
  "devm-action": "managed; frees by a devres action of its own",
  managed: "allocates with pcim_alloc_irq_vectors()",
  explicit: "unmanaged; frees on every release path",
  none: "no path ends with vectors allocated",
};
