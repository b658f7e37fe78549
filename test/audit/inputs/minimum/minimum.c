#include <linux/pci.h> /* expect: class explicit */

#define MINIMUM_VECTORS 2

struct minimum {
	int vectors;
};

static int minimum_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct minimum *m = minimum_alloc(pdev);
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	m->vectors = pci_alloc_irq_vectors(pdev, MINIMUM_VECTORS, 8, PCI_IRQ_MSIX);
	if (m->vectors < MINIMUM_VECTORS)
		return -ENODEV;
	return 0;
}

static void minimum_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver minimum_driver = {
	.name = "minimum",
	.probe = minimum_probe,
	.remove = minimum_remove,
};
module_pci_driver(minimum_driver);
