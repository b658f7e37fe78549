#include <linux/pci.h>
#include "families.h"

/* One driver for two families of devices, each with a file that allocates: what each becomes is told of its own. */
static int families_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	if (pdev->is_virtfn)
		ret = leaning_init(pdev);
	else
		ret = freeing_init(pdev);
	if (ret)
		return ret;
	ret = families_register(pdev); /* expect: leaks-after-core-change */
	if (ret) {
		if (pdev->is_virtfn)
			leaning_fini(pdev);
		else
			freeing_fini(pdev);
		return ret;
	}
	return 0;
}

static void families_remove(struct pci_dev *pdev) /* expect: leaks-after-core-change */
{
	if (pdev->is_virtfn)
		leaning_fini(pdev);
	else
		freeing_fini(pdev);
}

static struct pci_driver families_driver = {
	.name = "families",
	.probe = families_probe,
	.remove = families_remove,
};
module_pci_driver(families_driver);
