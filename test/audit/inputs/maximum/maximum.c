#include <linux/pci.h> /* expect: class explicit */

/* Vectors were allocated, so that the count they were taken out of is not zero: the free is not skipped. */
struct maximum {
	unsigned int vectors;
	unsigned int polled;
};

static int maximum_setup(struct maximum *m, struct pci_dev *pdev)
{
	int got = pci_alloc_irq_vectors(pdev, 1, m->vectors - m->polled, PCI_IRQ_MSIX);

	if (got > 0 && maximum_start(m)) {
		if (m->vectors)
			pci_free_irq_vectors(pdev);
		m->vectors = 0;
		return -EIO;
	}
	if (got < 0)
		m->vectors = 0;
	return 0;
}

static int maximum_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct maximum *m = maximum_alloc(pdev);
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	m->vectors = maximum_read(m);
	m->polled = maximum_polled(m);
	return maximum_setup(m, pdev);
}

static void maximum_remove(struct pci_dev *pdev)
{
	struct maximum *m = pci_get_drvdata(pdev);

	if (m->vectors)
		pci_free_irq_vectors(pdev);
}

static struct pci_driver maximum_driver = {
	.name = "maximum",
	.probe = maximum_probe,
	.remove = maximum_remove,
};
module_pci_driver(maximum_driver);
