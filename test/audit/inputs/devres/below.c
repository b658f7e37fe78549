#include <linux/pci.h> /* expect: class explicit */

/* devres runs the action after it frees the handler, which was requested later. */
static void below_free(void *data)
{
	pci_free_irq_vectors(data);
}

static int below_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = devm_add_action_or_reset(&pdev->dev, below_free, pdev);
	if (ret)
		return ret;
	devm_add_action_or_reset(&pdev->dev, below_stop, pdev);
	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), below_handler, 0, "below", pdev);
	/* One action less below the handler. */
	devm_remove_action(&pdev->dev, below_stop, pdev);
	return ret;
}

static struct pci_driver below_driver = {
	.name = "below",
	.probe = below_probe,
};
module_pci_driver(below_driver);
