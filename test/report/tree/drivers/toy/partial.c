#include <linux/pci.h> /* expect: class hybrid-partial */

static int partial_probe(struct pci_dev *pdev, const struct pci_device_id *id)
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

static void partial_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
}

static struct pci_driver partial_driver = {
	.name = "partial",
	.probe = partial_probe,
	.remove = partial_remove,
};
module_pci_driver(partial_driver);
