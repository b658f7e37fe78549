// SPDX-License-Identifier: GPL-2.0
/* A test driver that leaves its vectors and its handler to a work, as drivers do that load firmware first. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "harness.h"

static struct pci_dev *device;
static void *memory;

static void deferred_work(struct work_struct *work)
{
	int ret;

	memory = kzalloc(64, GFP_KERNEL);
	tw_did(device, "kzalloc", memory ? 0 : -ENOMEM);
	if (!memory)
		return;
	ret = pci_alloc_irq_vectors(device, 1, 1, PCI_IRQ_MSI);
	tw_did(device, "pci_alloc_irq_vectors", ret);
	if (ret < 0)
		return;
	ret = request_irq(pci_irq_vector(device, 0), tw_handler, 0, "treewide", device);
	tw_did(device, "request_irq", ret);
	if (ret)
		pci_free_irq_vectors(device);
}

static DECLARE_WORK(work, deferred_work);

static int deferred_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	device = pdev;
	schedule_work(&work);
	return 0;
}

static void deferred_remove(struct pci_dev *pdev)
{
	cancel_work_sync(&work);
	if (pci_dev_msi_enabled(pdev))
		free_irq(pci_irq_vector(pdev, 0), pdev);
	pci_free_irq_vectors(pdev);
	kfree(memory);
	memory = NULL;
}

static struct pci_driver deferred_driver = {
	.name = "tw-deferred",
	.probe = deferred_probe,
	.remove = deferred_remove,
};

int tw_register_deferred(void)
{
	return pci_register_driver(&deferred_driver);
}
