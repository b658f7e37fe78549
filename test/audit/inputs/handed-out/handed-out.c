#include <linux/pci.h> /* expect: class explicit */

/* remove asks a helper for what probe has made, and the helper is careful. */

static int handed_out_get(struct pci_dev *pdev, struct handed_out **priv)
{
	*priv = pci_get_drvdata(pdev);
	if (*priv == NULL)
		return -ENXIO;
	return 0;
}

static int handed_out_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0) {
		pci_disable_device(pdev);
		return ret;
	}
	return 0;
}

static void handed_out_remove(struct pci_dev *pdev)
{
	struct handed_out *priv;

	if (handed_out_get(pdev, &priv))
		return;
	pci_free_irq_vectors(pdev);
	pci_disable_device(pdev);
}

static struct pci_driver handed_out_driver = {
	.name = "handed_out",
	.probe = handed_out_probe,
	.remove = handed_out_remove,
};
module_pci_driver(handed_out_driver);
