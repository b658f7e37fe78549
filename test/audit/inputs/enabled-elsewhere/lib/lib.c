#include <linux/pci.h>

int toy_lib_init(struct pci_dev *pdev)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	return toy_lib_map(pdev);
}
EXPORT_SYMBOL_NS_GPL(toy_lib_init, "TOY");
