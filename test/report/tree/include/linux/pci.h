/* A core in small, written for treewide's tests: the same calls as Linux, and none of its code. */
#define PCI_IRQ_INTX (1 << 0)
#define PCI_IRQ_MSI (1 << 1)
#define PCI_IRQ_MSIX (1 << 2)

struct device {
	int id;
};

struct pci_dev {
	struct device dev;
	unsigned int irq;
	unsigned int msi_enabled:1;
	unsigned int msix_enabled:1;
	unsigned int is_managed:1;
	unsigned int is_msi_managed:1;
};

static inline bool pci_dev_msi_enabled(struct pci_dev *pdev)
{
	return pdev->msi_enabled || pdev->msix_enabled;
}
