#include <linux/pci.h> /* expect: class explicit */

struct ties {
	int queues;
	int vectors;
	int mode;
};

/* How many there are is known from a call. Another call, on whose ways to its end nobody looks at that, must not forget it. */
static void ties_set_mode(struct ties *ties, int fast)
{
	if (fast)
		ties->mode = 2;
	else
		ties->mode = 1;
	ties->mode |= 4;
}

static void ties_free(struct ties *ties, struct pci_dev *pdev)
{
	if (ties->mode && ties->vectors)
		pci_free_irq_vectors(pdev);
}

static int ties_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct ties *ties = kzalloc(sizeof(*ties), GFP_KERNEL);
	int queues, ret;

	if (!ties)
		return -ENOMEM;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	queues = ties_count(pdev);
	if (queues <= 0)
		return -ENODEV;
	ret = pci_alloc_irq_vectors(pdev, queues, queues, PCI_IRQ_MSIX);
	if (ret != queues)
		return ret;
	ties->vectors = queues;
	ties_set_mode(ties, id->driver_data);
	if (!ties->vectors)
		return -EIO;
	pci_set_drvdata(pdev, ties);
	return 0;
}

static void ties_remove(struct pci_dev *pdev)
{
	ties_free(pci_get_drvdata(pdev), pdev);
}

static struct pci_driver ties_driver = {
	.name = "ties",
	.probe = ties_probe,
	.remove = ties_remove,
};
module_pci_driver(ties_driver);
