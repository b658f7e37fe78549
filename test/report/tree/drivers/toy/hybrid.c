#include <linux/pci.h> /* expect: class hybrid-full */

static int hybrid_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = toy_start(pdev);
	if (ret) {
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
		return ret;
	}
	return 0;
}

static void hybrid_remove(struct pci_dev *pdev)
{
	toy_stop(pdev);
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
}

static struct pci_driver hybrid_driver = {
	.name = "hybrid",
	.probe = hybrid_probe,
	.remove = hybrid_remove,
};
module_pci_driver(hybrid_driver);
