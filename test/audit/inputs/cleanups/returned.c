#include <linux/pci.h> /* expect: class explicit-leaky */
#include "returned.h"

/* Who gets the pointer by return_ptr() owns it, and may lose it; retain_and_null_ptr() leaves it to remove. */

static struct pci_dev *returned_vectors(struct pci_dev *pdev)
{
	if (pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) < 0)
		return NULL;

	struct pci_dev *held __free(returned_free) = pdev;

	if (returned_start(held))
		return NULL;
	return_ptr(held);
}

static int returned_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pci_dev *vectors;
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	vectors = returned_vectors(pdev);
	if (!vectors)
		return -ENODEV;
	if (returned_check(pdev))
		return -EIO; /* expect: leaks-today */

	struct pci_dev *held __free(returned_free) = vectors;

	ret = returned_register(pdev);
	if (ret)
		return ret;
	retain_and_null_ptr(held);
	return 0;
}

static void returned_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}

static struct pci_driver returned_driver = {
	.name = "returned",
	.probe = returned_probe,
	.remove = returned_remove,
};
module_pci_driver(returned_driver);
