#include <linux/pci.h> /* expect: class explicit */

/* A local that holds the negation of a field says what the field holds. */
static int negated_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	bool is_pf = !pdev->is_virtfn;
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	if (!is_pf)
		return 0;
	ret = pci_alloc_irq_vectors(pdev, 1, 4, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	if (pdev->is_virtfn)
		return -EINVAL;
	return 0;
}

static void negated_remove(struct pci_dev *pdev)
{
	if (pdev->is_virtfn) {
		negated_leave(pdev);
		return;
	}
	pci_free_irq_vectors(pdev);
}

static struct pci_driver negated_driver = {
	.name = "negated",
	.probe = negated_probe,
	.remove = negated_remove,
};
module_pci_driver(negated_driver);
