#include <linux/pci.h> /* expect: class explicit */

struct mutual {
	bool up;
	bool ready;
	int others;
};

static void mutual_drain(struct pci_dev *pdev, struct mutual *m)
{
	free_irq(pci_irq_vector(pdev, 0), m);
	if (m->others)
		mutual_close(pdev, m);
}

static void mutual_close(struct pci_dev *pdev, struct mutual *m)
{
	mutual_drain(pdev, m);
}

static int mutual_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct mutual *m = mutual_create(pdev);
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = request_irq(pci_irq_vector(pdev, 0), mutual_irq, 0, "mutual", m);
	if (ret)
		goto free;
	ret = mutual_start(m);
	if (ret) {
		if (m->ready)
			mutual_drain(pdev, m);
		goto free;
	}
	return 0;
free:
	pci_free_irq_vectors(pdev);
	return ret;
}

static void mutual_remove(struct pci_dev *pdev)
{
	struct mutual *m = pci_get_drvdata(pdev);

	if (m->up)
		mutual_close(pdev, m);
	pci_free_irq_vectors(pdev);
}

static struct pci_driver mutual_driver = {
	.name = "mutual",
	.probe = mutual_probe,
	.remove = mutual_remove,
};
module_pci_driver(mutual_driver);
