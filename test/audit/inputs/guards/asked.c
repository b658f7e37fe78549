#include <linux/pci.h> /* expect: class explicit-leaky */

static int asked_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

static void asked_remove(struct pci_dev *pdev) /* expect: leaks-today */
{
	if (asked_stop(pdev))
		asked_complain(pdev);
	else
		pci_free_irq_vectors(pdev);
}

static struct pci_driver asked_driver = {
	.name = "asked",
	.probe = asked_probe,
	.remove = asked_remove,
};
module_pci_driver(asked_driver);
