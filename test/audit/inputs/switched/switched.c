#include "mode.h" /* expect: class explicit */

/* Which of the frees it is says a field that another file sets and asks. */
static void switched_free(struct switched *switched, struct pci_dev *pdev)
{
	switch (switched_mode(switched)) {
	case SWITCHED_MSIX:
		pci_disable_msix(pdev);
		break;
	case SWITCHED_MSI:
		pci_disable_msi(pdev);
		break;
	default:
		break;
	}
}

static int switched_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct switched *switched = kzalloc(sizeof(*switched), GFP_KERNEL);
	int ret;

	if (!switched)
		return -ENOMEM;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	switched_set_mode(switched, SWITCHED_MSI);
	pci_set_drvdata(pdev, switched);
	return 0;
}

static void switched_remove(struct pci_dev *pdev)
{
	switched_free(pci_get_drvdata(pdev), pdev);
}

static struct pci_driver switched_driver = {
	.name = "switched",
	.probe = switched_probe,
	.remove = switched_remove,
};
module_pci_driver(switched_driver);
