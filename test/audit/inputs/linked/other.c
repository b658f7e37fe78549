#include <linux/pci.h>
#include "linked.h"

static int other_setup(struct pci_dev *pdev)
{
	return 0;
}

static const struct linked_ops other_ops = {
	.setup = other_setup,
};

static int other_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	return linked_setup(pdev, other_table(pdev, &other_ops));
}

static struct pci_driver other_driver = {
	.name = "other",
	.probe = other_probe,
};
module_pci_driver(other_driver);
