#include <linux/pci.h> /* expect: class hybrid-full */

/* The virtual function's ops are not called on the physical function. */
static void functions_set_status(struct vdpa_device *vdpa, u8 status)
{
	pci_alloc_irq_vectors(functions_device(vdpa), 1, 1, PCI_IRQ_MSIX);
}

static int functions_reset(struct vdpa_device *vdpa)
{
	pci_free_irq_vectors(functions_device(vdpa)); /* expect: freed-twice */
	return 0;
}

static const struct vdpa_config_ops functions_ops = {
	.set_status = functions_set_status,
	.reset = functions_reset,
};

static int functions_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	if (!pdev->is_virtfn)
		return pci_enable_device(pdev);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	return vdpa_register_device(functions_new(pdev, &functions_ops), 1);
}

static void functions_remove(struct pci_dev *pdev)
{
	if (pdev->is_virtfn)
		vdpa_unregister_device(pci_get_drvdata(pdev));
	else
		pci_disable_device(pdev);
}

static struct pci_driver functions_driver = {
	.name = "functions",
	.probe = functions_probe,
	.remove = functions_remove,
};
module_pci_driver(functions_driver);
