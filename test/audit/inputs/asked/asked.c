#include <linux/pci.h> /* expect: class hybrid-partial */

/* Whether a call fails decides whether vectors are freed: that it failed is why probe fails. */

static int asked_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = asked_start(pdev); /* expect: leaks-after-core-change */
	if (ret)
		return ret;
	ret = asked_register(pdev);
	if (ret) {
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
		return ret;
	}
	return 0;
}

static void asked_remove(struct pci_dev *pdev)
{
	asked_unregister(pdev);
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
}

static struct pci_driver asked_driver = {
	.name = "asked",
	.probe = asked_probe,
	.remove = asked_remove,
};
module_pci_driver(asked_driver);
