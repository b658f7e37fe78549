#include <linux/pci.h> /* expect: class explicit */

struct exchanged {
	int busy;
	int claimed;
	int open;
};

static int exchanged_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct exchanged *card = exchanged_of(pdev);
	int ret = pci_enable_device(pdev);

	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	/* What was there is not known: the address of it says nothing. */
	if (xchg(&card->busy, 1)) {
		pci_free_irq_vectors(pdev);
		return -EBUSY;
	}
	if (cmpxchg(&card->claimed, 0, 1)) {
		pci_free_irq_vectors(pdev);
		return -EBUSY;
	}
	card->open = 1;
	return 0;
}

static void exchanged_remove(struct pci_dev *pdev)
{
	struct exchanged *card = exchanged_of(pdev);

	xchg(&card->open, 0);
	/* An exchange stores. */
	if (!card->open)
		pci_free_irq_vectors(pdev);
}

static struct pci_driver exchanged_driver = {
	.name = "exchanged",
	.probe = exchanged_probe,
	.remove = exchanged_remove,
};
module_pci_driver(exchanged_driver);
