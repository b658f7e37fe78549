#include <linux/pci.h> /* expect: class explicit-leaky */

/* What DEFINE_FREE() defines frees, unless the pointer is taken out of its variable. */

struct cleanups {
	struct pci_dev *pdev;
};

static struct cleanups *cleanups_create(struct pci_dev *pdev)
{
	struct cleanups *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int ret;

	if (!c)
		return ERR_PTR(-ENOMEM);
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0) {
		kfree(c);
		return ERR_PTR(ret);
	}
	c->pdev = pdev;
	return c;
}

static void cleanups_destroy(struct cleanups *c)
{
	pci_free_irq_vectors(c->pdev);
	kfree(c);
}

DEFINE_FREE(cleanups_destroy, struct cleanups *, if (!IS_ERR_OR_NULL(_T)) cleanups_destroy(_T))

static int cleanups_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct cleanups *first;
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	first = cleanups_create(pdev);
	if (IS_ERR(first))
		return PTR_ERR(first);
	if (cleanups_check(pdev))
		return -ENODEV; /* expect: leaks-today */

	struct cleanups *c __free(cleanups_destroy) = first;

	ret = cleanups_start(c);
	if (ret)
		return ret;
	pci_set_drvdata(pdev, no_free_ptr(c));
	return 0;
}

static void cleanups_remove(struct pci_dev *pdev)
{
	cleanups_destroy(pci_get_drvdata(pdev));
}

static struct pci_driver cleanups_driver = {
	.name = "cleanups",
	.probe = cleanups_probe,
	.remove = cleanups_remove,
};
module_pci_driver(cleanups_driver);
