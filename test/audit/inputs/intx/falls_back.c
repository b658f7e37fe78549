#include <linux/pci.h> /* expect: class hybrid-partial */

/* MSI whose handler cannot be had is given up for INTx: when that fails too, the driver has freed what it allocated. */
static int falls_back_request(struct pci_dev *pdev)
{
	int err = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);

	if (err < 0)
		goto intx;
	err = devm_request_irq(&pdev->dev, pdev->irq, falls_back_handler, 0, "msi", pdev);
	if (!err)
		return 0;
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
intx:
	return devm_request_irq(&pdev->dev, pdev->irq, falls_back_handler, IRQF_SHARED, "intx", pdev);
}

static int falls_back_probe(struct pci_dev *pdev, const struct pci_device_id *id) /* expect: leaks-after-core-change */
{
	int err = pcim_enable_device(pdev);

	if (err)
		return err;
	return falls_back_request(pdev);
}

static struct pci_driver falls_back_driver = {
	.name = "falls_back",
	.probe = falls_back_probe,
};
module_pci_driver(falls_back_driver);
