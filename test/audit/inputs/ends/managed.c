#include <linux/pci.h> /* expect: class implicit */

static int managed_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	if (managed_is_old(pdev))
		ret = pcim_enable_device(pdev);
	else
		ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

/* It leaks where nothing is managed, and after the core change where devres has freed: whichever came first. */
static void managed_remove(struct pci_dev *pdev) /* expect: leaks-today; leaks-after-core-change */
{
}

static struct pci_driver managed_driver = {
	.name = "managed",
	.probe = managed_probe,
	.remove = managed_remove,
};
module_pci_driver(managed_driver);
