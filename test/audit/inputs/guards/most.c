#include <linux/pci.h> /* expect: class explicit */

/* What is not known decides between to undo all that there is and to undo a part of it. */

struct most {
	int function;
};

static int most_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct most *m = most_create(pdev);
	int ret;

	m->function = most_function(pdev);
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = request_irq(pci_irq_vector(pdev, 0), most_irq, 0, "most", m);
	if (ret)
		pci_free_irq_vectors(pdev);
	return ret;
}

static void most_remove(struct pci_dev *pdev)
{
	struct most *m = pci_get_drvdata(pdev);

	if (m->function == 4) {
		free_irq(pci_irq_vector(pdev, 0), m);
		pci_free_irq_vectors(pdev);
	} else {
		free_irq(m->function, m);
	}
}

static struct pci_driver most_driver = {
	.name = "most",
	.probe = most_probe,
	.remove = most_remove,
};
module_pci_driver(most_driver);
