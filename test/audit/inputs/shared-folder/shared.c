#include <linux/pci.h> /* expect: class explicit-leaky */

/* A struct of functions that the file declares itself, in a folder with other drivers. */

struct shared;

struct shared_ops {
	int (*take)(struct shared *s);
	void (*give)(struct shared *s);
};

struct shared {
	struct pci_dev *pdev;
	const struct shared_ops *ops;
};

static int shared_msi_take(struct shared *s)
{
	return pci_alloc_irq_vectors(s->pdev, 1, 1, PCI_IRQ_MSI) < 0 ? -ENODEV : 0;
}

static void shared_msi_give(struct shared *s)
{
	pci_free_irq_vectors(s->pdev);
}

static const struct shared_ops shared_msi = {
	.take = shared_msi_take,
	.give = shared_msi_give,
};

static int shared_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct shared *s = devm_kzalloc(&pdev->dev, sizeof(*s), GFP_KERNEL);
	int ret;

	if (!s)
		return -ENOMEM;
	s->pdev = pdev;
	s->ops = &shared_msi;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = s->ops->take(s);
	if (ret)
		return ret;
	ret = shared_check(s); /* expect: leaks-today */
	if (ret)
		return ret;
	ret = shared_start(s);
	if (ret) {
		s->ops->give(s);
		return ret;
	}
	pci_set_drvdata(pdev, s);
	return 0;
}

static void shared_remove(struct pci_dev *pdev)
{
	struct shared *s = pci_get_drvdata(pdev);

	s->ops->give(s);
}

static struct pci_driver shared_driver = {
	.name = "shared",
	.probe = shared_probe,
	.remove = shared_remove,
};
module_pci_driver(shared_driver);
