#include <linux/pci.h> /* expect: class explicit */

/* At least as many as were asked for, though nobody can tell how many that are. */
static int local_minimum_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int least = local_minimum_queues(pdev) + 1;
	int count, ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	count = pci_alloc_irq_vectors(pdev, least, local_minimum_most(pdev), PCI_IRQ_MSIX);
	if (count < 0)
		return count;
	if (count < least)
		return -ENOSPC;
	return 0;
}

static void local_minimum_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver local_minimum_driver = {
	.name = "local_minimum",
	.probe = local_minimum_probe,
	.remove = local_minimum_remove,
};
module_pci_driver(local_minimum_driver);
