#include <linux/pci.h> /* expect: class explicit */

/* devres runs the action before it frees the handler, which was requested earlier. */
static void above_free(void *data)
{
	pci_free_irq_vectors(data); /* expect: freed-under-handler */
}

static int above_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), above_handler, 0, "above", pdev);
	if (ret) {
		pci_free_irq_vectors(pdev);
		return ret;
	}
	return devm_add_action_or_reset(&pdev->dev, above_free, pdev);
}

static struct pci_driver above_driver = {
	.name = "above",
	.probe = above_probe,
};
module_pci_driver(above_driver);
