#include <linux/pci.h> /* expect: class implicit */

/* Takes vectors for a second device, which has a driver of its own. */
static int second_probe(struct pci_dev *pdev, const struct pci_device_id *id) /* expect: leaks-after-core-change */
{
	struct second *second = second_find(pdev);
	struct pci_dev *other;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = devm_request_irq(&pdev->dev, pdev->irq, second_irq, 0, "second", pdev); /* expect: leaks-after-core-change */
	if (ret)
		return ret;
	other = container_of(second->dev, struct pci_dev, dev);
	ret = pci_alloc_irq_vectors(other, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = second_start(other); /* expect: leaks-after-core-change */
	if (ret)
		pci_free_irq_vectors(other);
	return ret;
}

static struct pci_driver second_driver = {
	.name = "second",
	.probe = second_probe,
};
module_pci_driver(second_driver);
