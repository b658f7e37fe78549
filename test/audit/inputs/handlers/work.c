#include <linux/pci.h> /* expect: class explicit */

struct work {
	struct pci_dev *pdev;
	struct work_struct late;
	bool msi;
	int irq;
};

/* Runs once: the second time, the free below would be one under the handler of the first time. */
static void work_late(struct work_struct *late)
{
	struct work *w = container_of(late, struct work, late);
	int ret;

	if (!w->msi && pci_alloc_irq_vectors(w->pdev, 1, 1, PCI_IRQ_MSI) > 0)
		w->msi = true;
	ret = request_irq(w->irq, work_irq, IRQF_SHARED, "work", w);
	if (ret < 0 && w->msi)
		pci_free_irq_vectors(w->pdev);
}

static int work_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct work *w = work_alloc(pdev);
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	w->msi = false;
	INIT_WORK(&w->late, work_late);
	schedule_work(&w->late);
	return 0;
}

static void work_remove(struct pci_dev *pdev)
{
	struct work *w = pci_get_drvdata(pdev);

	free_irq(w->irq, w);
	if (w->msi)
		pci_free_irq_vectors(pdev);
}

static struct pci_driver work_driver = {
	.name = "work",
	.probe = work_probe,
	.remove = work_remove,
};
module_pci_driver(work_driver);
