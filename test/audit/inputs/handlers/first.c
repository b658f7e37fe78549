#include <linux/pci.h> /* expect: class explicit */

/* The first vector has a number as long as there are vectors. */
static int first_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = request_irq(pci_irq_vector(pdev, 0), first_irq, 0, "first", pdev);
	if (ret)
		pci_free_irq_vectors(pdev);
	return ret;
}

static void first_remove(struct pci_dev *pdev)
{
	int irq = pci_irq_vector(pdev, 0);

	if (irq >= 0)
		free_irq(irq, pdev);
	pci_free_irq_vectors(pdev);
}

static struct pci_driver first_driver = {
	.name = "first",
	.probe = first_probe,
	.remove = first_remove,
};
module_pci_driver(first_driver);
