#include <linux/pci.h> /* expect: class hybrid-partial */

/* Who sets up says 1 where it failed, after it has freed what it took: that is a release path as well. */

static int ones_setup(struct pci_dev *pdev)
{
	if (pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI) < 0)
		return 1;
	if (request_irq(pci_irq_vector(pdev, 0), ones_irq, 0, "ones", pdev)) {
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
		return 1;
	}
	return 0;
}

static int ones_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	return ones_setup(pdev) ? -ENODEV : 0;
}

static void ones_remove(struct pci_dev *pdev) /* expect: leaks-after-core-change */
{
	free_irq(pci_irq_vector(pdev, 0), pdev);
}

static struct pci_driver ones_driver = {
	.name = "ones",
	.probe = ones_probe,
	.remove = ones_remove,
};
module_pci_driver(ones_driver);
