#include <linux/pci.h> /* expect: class devm-action */

static void slots_free(void *data)
{
	pci_free_irq_vectors(data); /* expect: freed-twice */
}

static void slots_remove_slot(void *data)
{
	slot_remove(data);
}

static int slots_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct slot *slot;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	ret = devm_add_action_or_reset(&pdev->dev, slots_free, pdev);
	if (ret)
		return ret;
	list_for_each_entry(slot, slots_of(pdev), list) {
		ret = devm_add_action(&pdev->dev, slots_remove_slot, slot);
		if (ret)
			return ret;
	}
	return 0;
}

static struct pci_driver slots_driver = {
	.name = "slots",
	.probe = slots_probe,
};
module_pci_driver(slots_driver);
