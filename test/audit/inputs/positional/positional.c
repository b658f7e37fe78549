#include <linux/pci.h> /* expect: class explicit */

/* Tables of functions that name no fields. */

struct positional;

struct positional_ops {
	int (*take)(struct positional *s);
	void (*give)(struct positional *s);
};

struct positional {
	struct pci_dev *pdev;
	const struct positional_ops *ops;
};

static int positional_msi_take(struct positional *s)
{
	return pci_alloc_irq_vectors(s->pdev, 1, 1, PCI_IRQ_MSI) < 0 ? -ENODEV : 0;
}

static void positional_msi_give(struct positional *s)
{
	pci_free_irq_vectors(s->pdev);
}

static int positional_nop_take(struct positional *s)
{
	return 0;
}

static void positional_nop_give(struct positional *s)
{
}

static const struct positional_ops positional_msi = { positional_msi_take, positional_msi_give };
static const struct positional_ops positional_intx = {
	positional_nop_take,
	positional_nop_give,
};

static int positional_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct positional *s = devm_kzalloc(&pdev->dev, sizeof(*s), GFP_KERNEL);
	int ret;

	if (!s)
		return -ENOMEM;
	s->pdev = pdev;
	s->ops = id->driver_data ? &positional_msi : &positional_intx;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = s->ops->take(s);
	if (ret)
		return ret;
	ret = positional_start(s);
	if (ret) {
		s->ops->give(s);
		return ret;
	}
	pci_set_drvdata(pdev, s);
	return 0;
}

static void positional_remove(struct pci_dev *pdev)
{
	struct positional *s = pci_get_drvdata(pdev);

	s->ops->give(s);
}

static struct pci_driver positional_driver = {
	.name = "positional",
	.probe = positional_probe,
	.remove = positional_remove,
};
module_pci_driver(positional_driver);
