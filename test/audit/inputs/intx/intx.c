#include <linux/pci.h> /* expect: class devm-action */

/* INTx alone: no vector is ever held, and the driver's own action says whose the interrupt is. */
static void intx_free(void *data)
{
	pci_free_irq_vectors(data);
}

static int intx_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX);
	if (ret < 0)
		return ret;
	return devm_add_action_or_reset(&pdev->dev, intx_free, pdev);
}

static struct pci_driver intx_driver = {
	.name = "intx",
	.probe = intx_probe,
};
module_pci_driver(intx_driver);
