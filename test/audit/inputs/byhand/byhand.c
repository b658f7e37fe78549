#include <linux/pci.h> /* expect: class explicit */

/* Who sets the core's flag by hand has no vectors. */
static int byhand_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0) {
		pdev->msi_enabled = 1;
		return ret;
	}
	return 0;
}

static void byhand_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver byhand_driver = {
	.name = "byhand",
	.probe = byhand_probe,
	.remove = byhand_remove,
};
module_pci_driver(byhand_driver);
