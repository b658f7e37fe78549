#include <linux/pci.h> /* expect: class implicit; class none */

#define SECOND_DEVICE 0x7916

static const struct pci_device_id first_table[] = {
	{ PCI_DEVICE(0x14c3, 0x7915) },
	{ },
};

static const struct pci_device_id second_table[] = {
	{ PCI_DEVICE(0x14c3, 0x7916), .driver_data = 1 },
	{ },
};

/* expect: leaks-after-core-change */ static int shared_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (id->device == SECOND_DEVICE)
		return 0;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	return ret < 0 ? ret : 0;
}

static struct pci_driver first_driver = {
	.name = "first",
	.id_table = first_table,
	.probe = shared_probe,
};

static struct pci_driver second_driver = {
	.name = "second",
	.id_table = second_table,
	.probe = shared_probe,
};
