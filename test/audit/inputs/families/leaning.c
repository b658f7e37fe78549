#include <linux/pci.h> /* expect: class implicit */
#include "families.h"

int leaning_init(struct pci_dev *pdev)
{
	int ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);

	if (ret < 0)
		return ret;
	ret = leaning_start(pdev); /* expect: leaks-after-core-change */
	if (ret)
		return ret;
	return 0;
}

void leaning_fini(struct pci_dev *pdev)
{
	leaning_stop(pdev);
}
