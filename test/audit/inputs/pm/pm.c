#include <linux/pci.h> /* expect: class explicit-leaky */

static int pm_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	pci_set_drvdata(pdev, pm_card(pdev));
	return 0;
}

static int pm_suspend(struct device *dev)
{
	pci_free_irq_vectors(to_pci_dev(dev));
	return 0;
}

/* The macro brings its own comma, so that .prepare is no field of what it gives. */
static int pm_resume(struct device *dev)
{
	return pci_alloc_irq_vectors(to_pci_dev(dev), 1, 1, PCI_IRQ_MSI) < 0 ? -EIO : 0;
}

static const struct dev_pm_ops pm_ops = {
	SYSTEM_SLEEP_PM_OPS(pm_suspend, pm_resume)
	.prepare = pm_sleep_ptr(pm_prepare),
};

static void pm_remove(struct pci_dev *pdev) /* expect: leaks-today */
{
	pm_stop(pdev);
}

static struct pci_driver pm_driver = {
	.name = "pm",
	.probe = pm_probe,
	.remove = pm_remove,
	.driver.pm = &pm_ops,
};
module_pci_driver(pm_driver);
