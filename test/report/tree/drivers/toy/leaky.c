#include <linux/pci.h> /* expect: class explicit-leaky */

static int leaky_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = toy_start(pdev); /* expect: leaks-today */
	if (ret)
		return ret;
	return 0;
}

static void leaky_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver leaky_driver = {
	.name = "leaky",
	.probe = leaky_probe,
	.remove = leaky_remove,
};
module_pci_driver(leaky_driver);
