#include <linux/pci.h> /* expect: class explicit */

struct guards {
	int *requested;
	int count;
};

static void guards_free(struct pci_dev *pdev, struct guards *g)
{
	int i;

	for (i = 0; i < g->count; i++) {
		if (!g->requested[i])
			continue;
		free_irq(pci_irq_vector(pdev, i), g);
	}
	pci_free_irq_vectors(pdev);
}

static int guards_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct guards *g = guards_alloc(pdev);
	int ret, i;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 8, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	g->count = ret;
	for (i = 0; i < g->count; i++) {
		ret = request_irq(pci_irq_vector(pdev, i), guards_irq, 0, "guards", g);
		if (ret) {
			guards_free(pdev, g);
			return ret;
		}
		g->requested[i] = 1;
	}
	return 0;
}

static void guards_remove(struct pci_dev *pdev)
{
	struct guards *g = pci_get_drvdata(pdev);

	if (!g)
		return;
	guards_free(pdev, g);
}

static struct pci_driver guards_driver = {
	.name = "guards",
	.probe = guards_probe,
	.remove = guards_remove,
};
module_pci_driver(guards_driver);
