#include <linux/pci.h> /* expect: class implicit */

/* What was freed to ask for less was not freed because of a failure: the last allocation counts. */
static int asks_again_probe(struct pci_dev *pdev, const struct pci_device_id *id) /* expect: leaks-after-core-change */
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 4, 4, PCI_IRQ_MSI);
	if (ret > 0 && asks_again_is_broken(pdev)) {
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
		ret = -ENOSPC;
	}
	if (ret < 0) {
		ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_INTX);
		if (ret < 0)
			return ret;
	}
	return devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), asks_again_handler, 0, "asks_again", pdev); /* expect: leaks-after-core-change */
}

static struct pci_driver asks_again_driver = {
	.name = "asks_again",
	.probe = asks_again_probe,
};
module_pci_driver(asks_again_driver);
