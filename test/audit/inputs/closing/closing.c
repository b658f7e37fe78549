#include <linux/pci.h> /* expect: class explicit */

/* Vectors are held while the device is open; a helper of remove closes it. */

struct closing {
	struct pci_dev *pdev;
	struct net_device *netdev;
};

static int closing_open(struct net_device *netdev)
{
	struct closing *c = netdev_priv(netdev);
	int ret;

	ret = pci_alloc_irq_vectors(c->pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = request_irq(pci_irq_vector(c->pdev, 0), closing_irq, 0, "closing", c);
	if (ret)
		pci_free_irq_vectors(c->pdev);
	return ret;
}

static int closing_stop(struct net_device *netdev)
{
	struct closing *c = netdev_priv(netdev);

	free_irq(pci_irq_vector(c->pdev, 0), c);
	pci_free_irq_vectors(c->pdev);
	return 0;
}

static const struct net_device_ops closing_ops = {
	.ndo_open = closing_open,
	.ndo_stop = closing_stop,
};

static int closing_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct closing *c = closing_create(pdev, &closing_ops);
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = register_netdev(c->netdev);
	if (ret)
		pci_disable_device(pdev);
	return ret;
}

static void closing_cleanup(struct closing *c)
{
	unregister_netdev(c->netdev);
	free_netdev(c->netdev);
}

static void closing_remove(struct pci_dev *pdev)
{
	struct closing *c = pci_get_drvdata(pdev);

	closing_cleanup(c);
	pci_disable_device(pdev);
}

static struct pci_driver closing_driver = {
	.name = "closing",
	.probe = closing_probe,
	.remove = closing_remove,
};
module_pci_driver(closing_driver);
