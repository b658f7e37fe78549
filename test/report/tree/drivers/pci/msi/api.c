/* A core in small, written for treewide's tests. */
#include <linux/pci.h>

int pci_alloc_irq_vectors(struct pci_dev *pdev, unsigned int least, unsigned int most, unsigned int flags)
{
	int ret = pci_setup_msi_context(pdev);

	if (ret)
		return ret;
	if (flags & PCI_IRQ_MSIX) {
		ret = msix_capability_init(pdev, most);
		if (ret == 0)
			return most;
	}
	if (flags & PCI_IRQ_MSI) {
		ret = msi_capability_init(pdev, most);
		if (ret == 0)
			return most;
	}
	if (flags & PCI_IRQ_INTX) {
		if (least == 1)
			return 1;
	}
	return -28;
}
EXPORT_SYMBOL(pci_alloc_irq_vectors);

void pci_free_irq_vectors(struct pci_dev *pdev)
{
	if (pdev->msix_enabled)
		pci_msix_shutdown(pdev);
	if (pdev->msi_enabled)
		pci_msi_shutdown(pdev);
}
EXPORT_SYMBOL(pci_free_irq_vectors);

void pci_disable_msi(struct pci_dev *pdev)
{
	if (pdev->msi_enabled)
		pci_msi_shutdown(pdev);
}
EXPORT_SYMBOL(pci_disable_msi);

void pci_disable_msix(struct pci_dev *pdev)
{
	if (pdev->msix_enabled)
		pci_msix_shutdown(pdev);
}
EXPORT_SYMBOL(pci_disable_msix);
