#include <linux/pci.h> /* expect: class explicit */

#define NUMBERS_LOW 0x1ffffffffULL

static int numbers_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

static void numbers_remove(struct pci_dev *pdev)
{
	int distance = -5;

	/* There are bits above the lower 32, and no distance is negative. */
	if (~0x1ffffffffULL && ~NUMBERS_LOW && abs(distance) > 0)
		pci_free_irq_vectors(pdev);
}

static struct pci_driver numbers_driver = {
	.name = "numbers",
	.probe = numbers_probe,
	.remove = numbers_remove,
};
module_pci_driver(numbers_driver);
