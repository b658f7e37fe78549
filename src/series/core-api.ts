/**
 * The first patch: pcim_alloc_irq_vectors() and pcim_alloc_irq_vectors_affinity().
 *
 * One devres action, pcim_msi_release(), frees the vectors, whoever asked for it: until the last patch also a plain
 * allocation on a managed device does. pcim_setup_msi_release() adds the action unless it is there, and the action
 * clears the mark when it runs; so there is never a second one and nothing stays on the device. After a managed
 * allocation the action stands exactly when vectors are held.
 */
import type { Tree } from "../kernel/tree.js";
import { CoreText } from "./core-text.js";
import type { Change } from "./edit.js";

const setup = `int pcim_setup_msi_release(struct pci_dev *dev)
{
	int ret;

	if (dev->is_msi_managed)
		return 0;

	ret = devm_add_action(&dev->dev, pcim_msi_release, dev);
	if (ret)
		return ret;

	dev->is_msi_managed = true;
	return 0;
}

/* Nothing is left to free: take the release back, if it was set up. */
void pcim_cancel_msi_release(struct pci_dev *dev)
{
	if (!dev->is_msi_managed)
		return;

	devm_remove_action(&dev->dev, pcim_msi_release, dev);
	dev->is_msi_managed = false;
}`;

const context = `static int pci_setup_msi_context(struct pci_dev *dev)
{
	int ret = msi_setup_device_data(&dev->dev);

	if (ret || !pci_is_managed(dev))
		return ret;

	return pcim_setup_msi_release(dev);
}`;

const internals = `int pcim_setup_msi_release(struct pci_dev *dev);
void pcim_cancel_msi_release(struct pci_dev *dev);
`;

const api = `

/**
 * pcim_alloc_irq_vectors() - Managed pci_alloc_irq_vectors()
 * @dev:      the PCI device to operate on
 * @min_vecs: minimum required number of vectors (must be >= 1)
 * @max_vecs: maximum desired number of vectors
 * @flags:    allocation flags, as in pci_alloc_irq_vectors()
 *
 * Same as pci_alloc_irq_vectors(), but the vectors are freed automatically
 * on driver detach. See pcim_alloc_irq_vectors_affinity().
 *
 * Return: number of allocated vectors or a negative errno, as
 * pci_alloc_irq_vectors() does.
 */
int pcim_alloc_irq_vectors(struct pci_dev *dev, unsigned int min_vecs,
			   unsigned int max_vecs, unsigned int flags)
{
	return pcim_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs,
					       flags, NULL);
}
EXPORT_SYMBOL(pcim_alloc_irq_vectors);

/**
 * pcim_alloc_irq_vectors_affinity() - Managed pci_alloc_irq_vectors_affinity()
 * @dev:      the PCI device to operate on
 * @min_vecs: minimum required number of vectors (must be >= 1)
 * @max_vecs: maximum desired number of vectors
 * @flags:    allocation flags, as in pci_alloc_irq_vectors()
 * @affd:     affinity requirements (can be %NULL).
 *
 * Same as pci_alloc_irq_vectors_affinity(), but the vectors are freed
 * automatically on driver detach, also when @dev was not enabled with
 * pcim_enable_device(). Handlers requested with devm_request_irq() after
 * this call are freed before the vectors.
 *
 * A driver that changes its vectors while it is bound (fallback, suspend,
 * reset) calls pci_free_irq_vectors() and then this function again. It need
 * not free them when it is unbound or its probe fails.
 *
 * Return: number of allocated vectors or a negative errno, as
 * pci_alloc_irq_vectors_affinity() does.
 */
int pcim_alloc_irq_vectors_affinity(struct pci_dev *dev, unsigned int min_vecs,
				    unsigned int max_vecs, unsigned int flags,
				    struct irq_affinity *affd)
{
	int nvecs, ret;

	nvecs = pci_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs,
					       flags, affd);
	if (!dev->msi_enabled && !dev->msix_enabled) {
		/* It failed, or it is INTx: there is nothing to free. */
		pcim_cancel_msi_release(dev);
		return nvecs;
	}

	if (nvecs < 0)
		return nvecs;

	ret = pcim_setup_msi_release(dev);
	if (ret) {
		pci_free_irq_vectors(dev);
		return ret;
	}

	return nvecs;
}
EXPORT_SYMBOL(pcim_alloc_irq_vectors_affinity);`;

const prototypes = `int pcim_alloc_irq_vectors(struct pci_dev *dev, unsigned int min_vecs,
			   unsigned int max_vecs, unsigned int flags);
int pcim_alloc_irq_vectors_affinity(struct pci_dev *dev, unsigned int min_vecs,
				    unsigned int max_vecs, unsigned int flags,
				    struct irq_affinity *affd);
`;

/** Without CONFIG_PCI_MSI or CONFIG_PCI there are no vectors to free. */
const stubs = `
static inline int
pcim_alloc_irq_vectors_affinity(struct pci_dev *dev, unsigned int min_vecs,
				unsigned int max_vecs, unsigned int flags,
				struct irq_affinity *aff_desc)
{
	return pci_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs,
					      flags, aff_desc);
}

static inline int
pcim_alloc_irq_vectors(struct pci_dev *dev, unsigned int min_vecs,
		       unsigned int max_vecs, unsigned int flags)
{
	return pcim_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs,
					       flags, NULL);
}
`;

const plainStub = `static inline int
pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min_vecs,
		      unsigned int max_vecs, unsigned int flags)
{
`;

const documentation = `  pcim_alloc_irq_vectors()	: managed pci_alloc_irq_vectors()
  pcim_alloc_irq_vectors_affinity() : managed pci_alloc_irq_vectors_affinity()
`;

/**
 * The files of the first patch.
 * @throws KnownError when the tree's core is not one the patch fits.
 */
export function addManagedApi(tree: Tree): Change {
  const msi = new CoreText(tree, "drivers/pci/msi/msi.c");
  msi.replaceFunction("pcim_setup_msi_release", setup);
  msi.replaceFunction("pci_setup_msi_context", context);

  const internal = new CoreText(tree, "drivers/pci/msi/msi.h");
  internal.insertAfter("void pci_free_msi_irqs(struct pci_dev *dev);\n", internals);

  const exported = new CoreText(tree, "drivers/pci/msi/api.c");
  exported.insertAfter("\nEXPORT_SYMBOL(pci_alloc_irq_vectors_affinity);", api);

  const header = new CoreText(tree, "include/linux/pci.h");
  header.replace(
    "\t\t\t\t   struct irq_affinity *affd);\n",
    `\t\t\t\t   struct irq_affinity *affd);\n${prototypes}`,
  );
  for (const body of [
    "\treturn pci_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs,\n\t\t\t\t\t      flags, NULL);\n}\n",
    "\treturn -ENOSPC;\n}\n",
  ])
    header.insertAfter(plainStub + body, stubs);

  const devres = new CoreText(tree, "Documentation/driver-api/driver-model/devres.rst");
  devres.replace("  pcim_enable_device()\t", `${documentation}  pcim_enable_device()\t`);

  return new Map([msi, internal, exported, header, devres].map(({ path, text }) => [path, text]));
}

/** Whether a tree has the managed API already. */
export function hasManagedApi(tree: Tree): boolean {
  return /^int pcim_alloc_irq_vectors_affinity\(/m.test(
    tree.read("drivers/pci/msi/api.c")?.toString("latin1") ?? "",
  );
}
