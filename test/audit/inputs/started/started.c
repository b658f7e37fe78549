#include <linux/pci.h> /* expect: class explicit-leaky */

/* usb_add_hcd() calls start within probe, which takes vectors and may fail then; who fails so forgets to free them. */

struct started {
	struct pci_dev *pdev;
	int polls;
};

static int started_start(struct usb_hcd *hcd)
{
	struct started *s = hcd_to_started(hcd);
	int ret;

	if (usb_hcd_is_primary_hcd(hcd)) {
		ret = pci_alloc_irq_vectors(s->pdev, 1, 1, PCI_IRQ_MSI);
		if (ret < 0)
			return ret;
	}
	return started_run(s);
}

static void started_stop(struct usb_hcd *hcd)
{
	struct started *s = hcd_to_started(hcd);

	if (usb_hcd_is_primary_hcd(hcd))
		pci_free_irq_vectors(s->pdev);
}

static struct hc_driver started_hc_driver;

static int started_probe(struct pci_dev *pdev, const struct pci_device_id *id) /* expect: leaks-today */
{
	struct usb_hcd *hcd;
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	hcd = usb_create_hcd(&started_hc_driver, &pdev->dev, pci_name(pdev));
	ret = usb_add_hcd(hcd, 0, IRQF_SHARED);
	if (ret)
		goto disable;
	ret = usb_add_hcd(started_second(hcd), 0, IRQF_SHARED);
	if (ret)
		goto remove;
	return 0;

remove:
	usb_remove_hcd(hcd);
disable:
	pci_disable_device(pdev);
	return ret;
}

static void started_remove(struct pci_dev *pdev)
{
	struct usb_hcd *hcd = pci_get_drvdata(pdev);

	usb_remove_hcd(started_second(hcd));
	usb_remove_hcd(hcd);
	pci_disable_device(pdev);
}

static struct pci_driver started_driver = {
	.name = "started",
	.probe = started_probe,
	.remove = started_remove,
};

static int __init started_init(void)
{
	started_hc_driver.start = started_start;
	started_hc_driver.stop = started_stop;
	return pci_register_driver(&started_driver);
}
module_init(started_init);
