/**
 * The events that the trace and the executor are compared by: what happens to the device's enabling, vectors,
 * handlers and devres actions, whichever functions of the core did it.
 */
import type { DeviceFlags, TraceLine } from "./trace.js";

export type OwnershipEvent =
  | { readonly event: "enabled" | "disabled" }
  /** The driver, or whoever `by` names, called a free; what it did follows as `torn-down`, or nothing follows. */
  | { readonly event: "free-called"; readonly api: string }
  | { readonly event: "allocated" | "allocation-failed" | "torn-down"; readonly mode: "msi" | "msix" }
  | { readonly event: "action-added" | "action-run"; readonly action: string }
  | { readonly event: "handler-requested"; readonly devm: boolean }
  | { readonly event: "handler-freed" }
  | { readonly event: "msi-data-released" }
  /** The driver has returned; from here on devres releases what it holds. */
  | { readonly event: "devres" };

/** The core's devres actions that matter; a driver's own are compared by name too. */
const CORE_ACTIONS: ReadonlySet<string> = new Set(["pcim_disable_device", "pcim_msi_release"]);

/** Ways out that a driver may call. */
const FREES: ReadonlySet<string> = new Set(["pci_free_irq_vectors", "pci_disable_msi", "pci_disable_msix"]);

/** By traced function: of which kind the vectors are that it allocates or tears down. */
const MODE_OF: Readonly<Record<string, "msi" | "msix">> = {
  __pci_enable_msi_range: "msi",
  __pci_enable_msix_range: "msix",
  pci_msi_shutdown: "msi",
  pci_msix_shutdown: "msix",
};

/** The events of a stretch of the trace, in order. Lines that mean none are left out. */
export function ownershipEvents(lines: readonly TraceLine[]): readonly OwnershipEvent[] {
  const events: OwnershipEvent[] = [];
  let devmRequest = false;
  for (const line of lines) {
    if (line.kind === "call") {
      if (line.function === "request_threaded_irq") devmRequest = /^_*devm_/.test(line.from);
      const event = eventOfCall(line);
      if (event) events.push(event);
    } else if (line.kind === "return") {
      const event = eventOfReturn(line.function, line.value, devmRequest);
      if (event) events.push(event);
    }
  }
  return events;
}

function eventOfCall(line: Extract<TraceLine, { kind: "call" }>): OwnershipEvent | undefined {
  const name = line.function;
  if (CORE_ACTIONS.has(name)) return { event: "action-run", action: name };
  if (FREES.has(name))
    // pci_free_irq_vectors() calls the other two, unless gcc inlined them: the outer call is the event
    return line.from === "pci_free_irq_vectors" ? undefined : { event: "free-called", api: name };
  switch (name) {
    case "pci_disable_device":
      return { event: "disabled" };
    case "pci_msi_shutdown":
    case "pci_msix_shutdown":
      return { event: "torn-down", mode: MODE_OF[name]! };
    case "__devm_add_action":
      return { event: "action-added", action: line.action ?? "?" };
    case "free_irq":
      return { event: "handler-freed" };
    case "msi_device_data_release":
      return { event: "msi-data-released" };
    case "devres_release_all":
      return { event: "devres" };
    default:
      return undefined;
  }
}

function eventOfReturn(name: string, value: number, devm: boolean): OwnershipEvent | undefined {
  switch (name) {
    case "pci_enable_device":
      return value === 0 ? { event: "enabled" } : undefined;
    case "__pci_enable_msi_range":
    case "__pci_enable_msix_range":
      return { event: value > 0 ? "allocated" : "allocation-failed", mode: MODE_OF[name]! };
    case "request_threaded_irq":
      return value === 0 ? { event: "handler-requested", devm } : undefined;
    default:
      return undefined;
  }
}

/** One line for people: `allocated msix`, `action-run pcim_msi_release`. */
export function describeEvent(event: OwnershipEvent): string {
  const { event: name, ...rest } = event;
  return [
    name,
    ...Object.entries(rest).map(([key, value]) => (key === "devm" ? (value ? "devm" : "plain") : value)),
  ].join(" ");
}

/** `managed release msi`: the flags that are set, or `-`. */
export function describeFlags(flags: DeviceFlags): string {
  return (
    (Object.entries(flags) as [string, boolean][])
      .filter(([, set]) => set)
      .map(([name]) => name)
      .join(" ") || "-"
  );
}
