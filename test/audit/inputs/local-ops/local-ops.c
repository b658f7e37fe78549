#include <linux/pci.h> /* expect: class explicit */

/* The table is a variable of probe: its open and stop are those of net_device_ops all the same. */

struct local {
	struct pci_dev *pdev;
	struct net_device *netdev;
};

static int local_open(struct net_device *netdev)
{
	struct local *l = netdev_priv(netdev);
	int ret = pci_alloc_irq_vectors(l->pdev, 1, 1, PCI_IRQ_MSI);

	return ret < 0 ? ret : 0;
}

static int local_stop(struct net_device *netdev)
{
	struct local *l = netdev_priv(netdev);

	pci_free_irq_vectors(l->pdev);
	return 0;
}

static int local_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	static const struct net_device_ops ops = {
		.ndo_open = local_open,
		.ndo_stop = local_stop,
	};
	struct local *l = local_create(pdev, &ops);
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = register_netdev(l->netdev);
	if (ret)
		pci_disable_device(pdev);
	return ret;
}

static void local_remove(struct pci_dev *pdev)
{
	struct local *l = pci_get_drvdata(pdev);

	unregister_netdev(l->netdev);
	pci_disable_device(pdev);
}

static struct pci_driver local_driver = {
	.name = "local",
	.probe = local_probe,
	.remove = local_remove,
};
module_pci_driver(local_driver);
