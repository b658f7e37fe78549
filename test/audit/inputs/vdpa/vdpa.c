#include <linux/pci.h> /* expect: class hybrid-full */

static void toy_vdpa_set_status(struct vdpa_device *vdpa, u8 status)
{
	struct pci_dev *pdev = toy_vdpa_device(vdpa);

	if ((status & DRIVER_OK) && !(toy_vdpa_status(vdpa) & DRIVER_OK))
		pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);
}

static int toy_vdpa_reset(struct vdpa_device *vdpa)
{
	struct pci_dev *pdev = toy_vdpa_device(vdpa);

	if (toy_vdpa_status(vdpa) & DRIVER_OK)
		pci_free_irq_vectors(pdev); /* expect: freed-twice */
	return 0;
}

static const struct vdpa_config_ops toy_vdpa_ops = {
	.set_status = toy_vdpa_set_status,
	.reset = toy_vdpa_reset,
};

static int toy_vdpa_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	return toy_vdpa_register(pdev, &toy_vdpa_ops);
}

static void toy_vdpa_remove(struct pci_dev *pdev)
{
	vdpa_unregister_device(pci_get_drvdata(pdev));
}

static struct pci_driver toy_vdpa_driver = {
	.name = "toy_vdpa",
	.probe = toy_vdpa_probe,
	.remove = toy_vdpa_remove,
};
module_pci_driver(toy_vdpa_driver);
