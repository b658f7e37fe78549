/** pci_alloc_irq_vectors[_affinity]() to its managed namesake: the same arguments, the same value. */

import { realign } from "./align.js";
import type { Conversion } from "./conversion.js";

export const allocVectors: Conversion = {
  name: "alloc-vectors",
  apis: ["pci_alloc_irq_vectors", "pci_alloc_irq_vectors_affinity"],
  convert({ body, call }) {
    const at = body.start(call) + "pci".length;
    const close = body.closing(call + 1);
    return [{ at, end: at, text: "m" }, ...realign(body.file.text, body.start(call + 1), body.end(close), 1)];
  },
};
