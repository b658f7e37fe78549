#include <linux/pci.h> /* expect: class hybrid-full */

static int main_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = toy_lib_init(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

static void main_remove(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
}

static struct pci_driver main_driver = {
	.name = "main",
	.probe = main_probe,
	.remove = main_remove,
};
module_pci_driver(main_driver);
