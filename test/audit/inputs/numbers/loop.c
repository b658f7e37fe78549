#include <linux/pci.h> /* expect: class explicit */

struct loop {
	unsigned long flags;
	int size;
};

/* A count that is spelt out ends as one that is not. */
static int loop_read(struct loop *loop)
{
	int offset = 0;

	while (offset < loop->size) {
		if (loop_read_some(loop, offset))
			return -EIO;
		offset = offset + 36864;
	}
	loop->flags = loop->flags | LOOP_READY;
	return 0;
}

static int loop_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct loop *loop = kzalloc(sizeof(*loop), GFP_KERNEL);
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	ret = loop_read(loop);
	if (ret) {
		pci_free_irq_vectors(pdev);
		return ret;
	}
	return 0;
}

static void loop_remove(struct pci_dev *pdev)
{
	struct loop *loop = pci_get_drvdata(pdev);

	if (loop->flags & LOOP_READY) {
		loop_stop(loop);
		pci_free_irq_vectors(pdev);
		loop->flags = loop->flags & ~LOOP_READY;
	}
}

static struct pci_driver loop_driver = {
	.name = "loop",
	.probe = loop_probe,
	.remove = loop_remove,
};
module_pci_driver(loop_driver);
