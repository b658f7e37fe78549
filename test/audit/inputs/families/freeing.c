#include <linux/pci.h> /* expect: class hybrid-full */
#include "families.h"

int freeing_init(struct pci_dev *pdev)
{
	int ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);

	if (ret < 0)
		return ret;
	return 0;
}

void freeing_fini(struct pci_dev *pdev)
{
	freeing_stop(pdev);
	pci_free_irq_vectors(pdev); /* expect: freed-twice */
}
