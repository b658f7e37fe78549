/* A core in small, written for treewide's tests. */
#include <linux/pci.h>

static void pcim_msi_release(void *data)
{
	struct pci_dev *pdev = data;

	pdev->is_msi_managed = false;
	pci_free_irq_vectors(pdev);
}

int pci_setup_msi_context(struct pci_dev *pdev)
{
	int ret;

	if (!pdev->is_managed || pdev->is_msi_managed)
		return 0;
	ret = devm_add_action(&pdev->dev, pcim_msi_release, pdev);
	if (ret)
		return ret;
	pdev->is_msi_managed = true;
	return 0;
}

static int msi_capability_init(struct pci_dev *pdev, int count)
{
	pdev->msi_enabled = 1;
	return 0;
}

static int msix_capability_init(struct pci_dev *pdev, int count)
{
	pdev->msix_enabled = 1;
	return 0;
}
