/**
 * pci_enable_msi() to pcim_alloc_irq_vectors(…, 1, 1, PCI_IRQ_MSI): both call __pci_enable_msi_range() for one vector
 * (drivers/pci/msi/api.c); the one gives 0, the other the count.
 */
import type { Conversion } from "./conversion.js";
import { checkResult } from "./result.js";

export const enableMsi: Conversion = {
  name: "enable-msi",
  apis: ["pci_enable_msi"],
  convert(site) {
    const { body, call } = site;
    const checked = checkResult(site);
    if ("why" in checked) return checked;
    const close = body.closing(call + 1);
    return [
      { at: body.start(call), end: body.end(call), text: "pcim_alloc_irq_vectors" },
      { at: body.start(close), end: body.start(close), text: ", 1, 1, PCI_IRQ_MSI" },
      ...checked.edits,
    ];
  },
};
