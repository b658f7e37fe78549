#include <linux/pci.h> /* expect: class implicit */

static int implicit_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = toy_start(pdev); /* expect: leaks-after-core-change */
	if (ret)
		return ret;
	return 0;
}

static void implicit_remove(struct pci_dev *pdev) /* expect: leaks-after-core-change */
{
	toy_stop(pdev);
}

static struct pci_driver implicit_driver = {
	.name = "implicit",
	.probe = implicit_probe,
	.remove = implicit_remove,
};
module_pci_driver(implicit_driver);
