#include <linux/pci.h>
#include "linked.h"

int linked_setup(struct pci_dev *pdev, const struct linked_ops *ops)
{
	return ops->setup(pdev);
}
EXPORT_SYMBOL_GPL(linked_setup);
