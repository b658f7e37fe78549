#include <linux/pci.h> /* expect: class explicit */

static int beside_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 2, 2, PCI_IRQ_MSI);
	if (ret < 0)
		goto disable;
	ret = beside_request(pdev, pci_irq_vector(pdev, 0), pci_irq_vector(pdev, 1));
	if (ret)
		goto free;
	return 0;

free:
	pci_free_irq_vectors(pdev); /* expect: freed-under-handler */
disable:
	pci_disable_device(pdev);
	return ret;
}

static void beside_remove(struct pci_dev *pdev)
{
	devm_free_irq(&pdev->dev, pci_irq_vector(pdev, 0), pdev);
	devm_free_irq(&pdev->dev, pci_irq_vector(pdev, 1), pdev);
	pci_free_irq_vectors(pdev);
	pci_disable_device(pdev);
}

static struct pci_driver beside_driver = {
	.name = "beside",
	.probe = beside_probe,
	.remove = beside_remove,
};
module_pci_driver(beside_driver);
