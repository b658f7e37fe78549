#include <linux/pci.h> /* expect: class explicit */

enum atomics_state {
	ATOMICS_BEGIN,
	ATOMICS_ALLOCATED,
	ATOMICS_RUNNING,
};

struct atomics {
	atomic_t state;
};

/* How far a device came says which of its resources there are. */
static void atomics_destroy(struct atomics *atomics, struct pci_dev *pdev)
{
	switch (atomic_read(&atomics->state)) {
	case ATOMICS_RUNNING:
		atomics_stop(atomics);
		fallthrough;
	case ATOMICS_ALLOCATED:
		pci_free_irq_vectors(pdev);
		fallthrough;
	case ATOMICS_BEGIN:
		break;
	}
}

static int atomics_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct atomics *atomics = kzalloc(sizeof(*atomics), GFP_KERNEL);
	int ret;

	if (!atomics)
		return -ENOMEM;
	atomic_set(&atomics->state, ATOMICS_BEGIN);
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	atomic_set(&atomics->state, ATOMICS_ALLOCATED);
	while (atomic_read(&atomics->state) == ATOMICS_ALLOCATED)
		atomics_wait(atomics);
	atomic_set(&atomics->state, ATOMICS_RUNNING);
	ret = atomics_start(atomics);
	if (ret) {
		atomics_destroy(atomics, pdev);
		return ret;
	}
	pci_set_drvdata(pdev, atomics);
	return 0;
}

static void atomics_remove(struct pci_dev *pdev)
{
	atomics_destroy(pci_get_drvdata(pdev), pdev);
}

static struct pci_driver atomics_driver = {
	.name = "atomics",
	.probe = atomics_probe,
	.remove = atomics_remove,
};
module_pci_driver(atomics_driver);
