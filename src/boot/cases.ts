/**
 * The test drivers of the probe harness: what each does is a row of parameters, and every sensible
 * combination of them is a case.
 */

/** What the tree's core offers; cases that need more are left out. */
export interface CoreFeatures {
  /** `pcim_alloc_irq_vectors()` and `pcim_alloc_irq_vectors_affinity()` are declared. */
  readonly managedAllocation: boolean;
  /** `struct pci_dev` has the flag `is_msi_managed`. */
  readonly msiManagedFlag: boolean;
}

/** Reads the features off include/linux/pci.h. */
export function coreFeatures(pciHeader: string): CoreFeatures {
  return {
    managedAllocation: /\bpcim_alloc_irq_vectors_affinity\s*\(/.test(pciHeader),
    msiManagedFlag: /\bis_msi_managed\b/.test(pciHeader),
  };
}

export type Mode = "msi" | "msix" | "intx" | "any";

interface Allocation {
  readonly mode: Mode;
  /** The C call; its value is negative on failure. */
  readonly call: string;
  readonly api: string;
  readonly free: string;
  readonly managed?: boolean;
}

const range = (api: string, mode: Mode, flags: string, more = ""): Allocation => ({
  mode,
  api,
  call: `${api}(pdev, 1, 2, ${flags}${more})`,
  free: "pci_free_irq_vectors",
  managed: api.startsWith("pcim_"),
});

/** Every way in. The names are the third part of a case's id. */
export const ALLOCATIONS = {
  msi: range("pci_alloc_irq_vectors", "msi", "PCI_IRQ_MSI"),
  msix: range("pci_alloc_irq_vectors", "msix", "PCI_IRQ_MSIX"),
  intx: range("pci_alloc_irq_vectors", "intx", "PCI_IRQ_INTX"),
  any: range("pci_alloc_irq_vectors", "any", "PCI_IRQ_ALL_TYPES"),
  "affinity-msix": range(
    "pci_alloc_irq_vectors_affinity",
    "msix",
    "PCI_IRQ_MSIX | PCI_IRQ_AFFINITY",
    ", NULL",
  ),
  "enable-msi": { mode: "msi", api: "pci_enable_msi", call: "pci_enable_msi(pdev)", free: "pci_disable_msi" },
  "msix-range": {
    mode: "msix",
    api: "pci_enable_msix_range",
    call: "pci_enable_msix_range(pdev, entries, 1, 2)",
    free: "pci_disable_msix",
  },
  "msix-exact": {
    mode: "msix",
    api: "pci_enable_msix_exact",
    call: "pci_enable_msix_exact(pdev, entries, 2)",
    free: "pci_disable_msix",
  },
  "managed-msi": range("pcim_alloc_irq_vectors", "msi", "PCI_IRQ_MSI"),
  "managed-msix": range("pcim_alloc_irq_vectors", "msix", "PCI_IRQ_MSIX"),
  "managed-intx": range("pcim_alloc_irq_vectors", "intx", "PCI_IRQ_INTX"),
  "managed-affinity": range(
    "pcim_alloc_irq_vectors_affinity",
    "msix",
    "PCI_IRQ_MSIX | PCI_IRQ_AFFINITY",
    ", NULL",
  ),
} as const satisfies Record<string, Allocation>;
export type AllocationName = keyof typeof ALLOCATIONS;

export interface HarnessCase {
  /** The parameters, joined by `_`; also the test driver's name after `tw-`. */
  readonly id: string;
  readonly enable: "managed" | "plain";
  readonly allocation: AllocationName;
  readonly handler: "none" | "plain" | "devm";
  /** When the driver frees its vectors: never, after it has freed its handler, or before. */
  readonly free: "never" | "after" | "before";
  /** Probe succeeds and the driver is unbound, or probe gives up after the last step. */
  readonly end: "remove" | "fail";
  /** Allocations in probe; before each but the first the driver frees. */
  readonly rounds: number;
}

const ENABLES = ["managed", "plain"] as const;
const HANDLERS = ["none", "plain", "devm"] as const;
const FREES = ["never", "after", "before"] as const;
const ENDS = ["remove", "fail"] as const;
/** One more than two shows that actions pile up, six how far. */
const ROUNDS = [1, 2, 6] as const;

/** The case with these parameters. */
export function harnessCase(parameters: Omit<HarnessCase, "id">): HarnessCase {
  const { enable, allocation, handler, free, end, rounds } = parameters;
  return { id: [enable, allocation, handler, free, end, rounds].join("_"), ...parameters };
}

/** All cases that the core can run, in a fixed order. */
export function allCases(core: CoreFeatures): readonly HarnessCase[] {
  const names = (Object.keys(ALLOCATIONS) as AllocationName[]).filter(
    (name) => core.managedAllocation || !("managed" in ALLOCATIONS[name] && ALLOCATIONS[name].managed),
  );
  return ENABLES.flatMap((enable) =>
    names.flatMap((allocation) =>
      HANDLERS.flatMap((handler) =>
        FREES.flatMap((free) =>
          ENDS.flatMap((end) =>
            ROUNDS.map((rounds) => harnessCase({ enable, allocation, handler, free, end, rounds })),
          ),
        ),
      ),
    ),
  ).filter(sensible);
}

/**
 * Order of free and handler means nothing without a handler; repetition is about the vectors alone, and six rounds
 * of an allocation that may end in three modes have more histories than they tell.
 */
function sensible(one: HarnessCase): boolean {
  if (one.handler === "none" && one.free === "before") return false;
  if (one.rounds === 6 && ALLOCATIONS[one.allocation].mode === "any") return false;
  return one.rounds === 1 || (one.handler === "none" && one.end === "remove");
}

/**
 * A few of every kind, for a run of seconds: each value of each parameter occurs at least once.
 */
export function shortCases(core: CoreFeatures): readonly HarnessCase[] {
  const seen = new Set<string>();
  return allCases(core).filter((one) => {
    const values = [
      `${one.enable} ${one.allocation}`,
      `${one.enable} ${one.handler} ${one.free}`,
      `${one.enable} ${one.end}`,
      `rounds ${one.rounds}`,
    ];
    const fresh = values.some((value) => !seen.has(value));
    for (const value of values) seen.add(value);
    return fresh;
  });
}
