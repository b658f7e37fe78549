#include <linux/pci.h> /* expect: class explicit */

static int explicit_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = toy_start(pdev);
	if (ret)
		pci_free_irq_vectors(pdev);
	if (ret)
		return ret;
	return 0;
}

static void explicit_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver explicit_driver = {
	.name = "explicit",
	.probe = explicit_probe,
	.remove = explicit_remove,
};
module_pci_driver(explicit_driver);
