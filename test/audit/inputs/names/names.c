#include <linux/pci.h> /* expect: class explicit */

static int names_setup(struct pci_dev *pdev)
{
	if (pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) < 0)
		return FAILED;
	return SUCCESS;
}

static int names_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	if (names_setup(pdev) == FAILED)
		return -ENODEV;
	return 0;
}

static void names_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver names_driver = {
	.name = "names",
	.probe = names_probe,
	.remove = names_remove,
};
module_pci_driver(names_driver);
