#include <linux/pci.h> /* expect: class explicit-leaky */
#include "linked.h"

static int ours_setup(struct pci_dev *pdev)
{
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
}

static const struct linked_ops ours_ops = {
	.setup = ours_setup,
};

static int ours_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = linked_setup(pdev, &ours_ops);
	return ret < 0 ? ret : 0;
}

static void ours_remove(struct pci_dev *pdev) /* expect: leaks-today */
{
}

static struct pci_driver ours_driver = {
	.name = "ours",
	.probe = ours_probe,
	.remove = ours_remove,
};
module_pci_driver(ours_driver);
