#include <linux/pci.h> /* expect: class explicit */

#define WORDS_MSI 1
#define WORDS_MSIX 2

struct words {
	unsigned long flags;
};

struct words_query {
	unsigned long flags;
};

/* The flags of a query are no flags of a device, though the word has the same name. */
static void words_query_fill(struct words_query *query, int flags)
{
	query->flags = flags;
}

static int words_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct words *words = kzalloc(sizeof(*words), GFP_KERNEL);
	int ret;

	if (!words)
		return -ENOMEM;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;
	words->flags |= WORDS_MSI;
	pci_set_drvdata(pdev, words);
	return 0;
}

static void words_remove(struct pci_dev *pdev)
{
	struct words *words = pci_get_drvdata(pdev);

	if (words->flags & WORDS_MSIX)
		pci_disable_msix(pdev);
	else if (words->flags & WORDS_MSI)
		pci_disable_msi(pdev);
}

static struct pci_driver words_driver = {
	.name = "words",
	.probe = words_probe,
	.remove = words_remove,
};
module_pci_driver(words_driver);
