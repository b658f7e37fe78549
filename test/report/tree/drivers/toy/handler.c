#include <linux/pci.h> /* expect: class hybrid-full */

static int handler_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), toy_interrupt, 0, "toy", pdev);
	if (ret) {
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
		return ret;
	}
	return 0;
}

static void handler_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev); /* expect: freed-under-handler freed-twice */
}

static struct pci_driver handler_driver = {
	.name = "handler",
	.probe = handler_probe,
	.remove = handler_remove,
};
module_pci_driver(handler_driver);
