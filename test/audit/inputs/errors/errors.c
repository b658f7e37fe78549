#include <linux/pci.h> /* expect: class implicit */

struct errors {
	void __iomem *regs;
};

/* The error that was found in a field is what it returns: no path goes on without the device enabled. */
static int errors_map(struct errors *errors, struct pci_dev *pdev)
{
	errors->regs = errors_ioremap(pdev);
	if (IS_ERR(errors->regs)) {
		dev_err(&pdev->dev, "no registers: %pe\n", errors->regs);
		return PTR_ERR(errors->regs);
	}
	return pcim_enable_device(pdev);
}

static int errors_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = errors_map(errors_of(pdev), pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

static void errors_remove(struct pci_dev *pdev) /* expect: leaks-after-core-change */
{
	errors_stop(pdev);
}

static struct pci_driver errors_driver = {
	.name = "errors",
	.probe = errors_probe,
	.remove = errors_remove,
};
module_pci_driver(errors_driver);
