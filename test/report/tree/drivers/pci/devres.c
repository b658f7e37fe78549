/* A core in small, written for treewide's tests. */
#include <linux/pci.h>

static void pcim_disable_device(void *data)
{
	struct pci_dev *pdev = data;

	pdev->is_managed = false;
}

int pcim_enable_device(struct pci_dev *pdev)
{
	int ret = devm_add_action(&pdev->dev, pcim_disable_device, pdev);

	if (ret)
		return ret;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	pdev->is_managed = true;
	return 0;
}
EXPORT_SYMBOL(pcim_enable_device);
