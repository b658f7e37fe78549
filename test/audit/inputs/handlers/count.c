#include <linux/pci.h> /* expect: class explicit */

struct count {
	int *irqs;
	int number;
};

static void count_free(struct pci_dev *pdev, struct count *c)
{
	int i;

	for (i = 0; i < c->number; i++) {
		if (!c->irqs[i])
			break;
		free_irq(c->irqs[i], c);
	}
	pci_free_irq_vectors(pdev);
}

static int count_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct count *c = count_alloc(pdev);
	int ret, i, number;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	c->number = count_read(pdev);
	if (!c->number)
		return -EINVAL;
	count_free(pdev, c);
	ret = pci_alloc_irq_vectors(pdev, 1, c->number, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	number = ret;
	for (i = 0; i < number; i++) {
		ret = request_irq(pci_irq_vector(pdev, i), count_irq, 0, "count", c);
		if (ret) {
			count_free(pdev, c);
			return ret;
		}
		c->irqs[i] = pci_irq_vector(pdev, i);
	}
	return 0;
}

static void count_remove(struct pci_dev *pdev)
{
	count_free(pdev, pci_get_drvdata(pdev));
}

static struct pci_driver count_driver = {
	.name = "count",
	.probe = count_probe,
	.remove = count_remove,
};
module_pci_driver(count_driver);
