#include <linux/pci.h> /* expect: class explicit */

static int unguarded_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), unguarded_irq, 0, "unguarded", pdev);
	if (ret)
		pci_free_irq_vectors(pdev);
	return ret;
}

static void unguarded_remove(struct pci_dev *pdev)
{
	unguarded_stop(pdev);
	pci_free_irq_vectors(pdev); /* expect: freed-under-handler */
}

static struct pci_driver unguarded_driver = {
	.name = "unguarded",
	.probe = unguarded_probe,
	.remove = unguarded_remove,
};
module_pci_driver(unguarded_driver);
