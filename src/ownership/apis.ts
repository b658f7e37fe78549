/**
 * The interface between drivers and the core, as rows. Sources: the kerneldoc of drivers/pci/msi/api.c,
 * include/linux/interrupt.h, Documentation/driver-api/driver-model/devres.rst.
 */

/** Calls that allocate vectors on a pci_dev. */
export const allocationApis = [
  "pci_alloc_irq_vectors",
  "pci_alloc_irq_vectors_affinity",
  "pcim_alloc_irq_vectors",
  "pcim_alloc_irq_vectors_affinity",
  "pci_enable_msi",
  "pci_enable_msix_range",
  "pci_enable_msix_exact",
] as const;

/** Calls that free them. */
export const freeApis = ["pci_free_irq_vectors", "pci_disable_msi", "pci_disable_msix"] as const;

/** Allocations whose release devres owns by contract. */
export const managedAllocation = /^pcim_alloc_irq_vectors/;

/** Calls that enable the device without devres: drivers/pci/pci.c. */
export const plainEnableApis = [
  "pci_enable_device",
  "pci_enable_device_mem",
  "pci_enable_device_io",
] as const;
export const managedEnableApis = ["pcim_enable_device"] as const;

/** Calls that request a handler; `devm` ones are freed by devres. */
export const requestApis: Readonly<Record<string, { readonly devm: boolean }>> = {
  request_irq: { devm: false },
  request_threaded_irq: { devm: false },
  request_any_context_irq: { devm: false },
  pci_request_irq: { devm: false },
  devm_request_irq: { devm: true },
  devm_request_threaded_irq: { devm: true },
  devm_request_any_context_irq: { devm: true },
};

/** Calls that free a handler. */
export const freeHandlerApis: Readonly<Record<string, { readonly devm: boolean }>> = {
  free_irq: { devm: false },
  pci_free_irq: { devm: false },
  devm_free_irq: { devm: true },
};

/** Calls that ask for the number of a vector. */
export const vectorNumberApis = ["pci_irq_vector"] as const;

export function includes(list: readonly string[], name: string): boolean {
  return list.includes(name);
}
