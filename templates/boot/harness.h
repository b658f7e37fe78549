/* SPDX-License-Identifier: GPL-2.0 */
/* What the generated test drivers and the trace share. tree.h is generated for the tree at hand. */
#ifndef TW_HARNESS_H
#define TW_HARNESS_H

#include <linux/interrupt.h>
#include <linux/pci.h>
#include "tree.h"

#ifdef TW_HAS_MSI_MANAGED
#define TW_MSI_MANAGED(pdev) ((pdev)->is_msi_managed)
#else
#define TW_MSI_MANAGED(pdev) 0
#endif

/* Says that a step of a test driver is done, what it returned, and how the device is now. */
void tw_did(struct pci_dev *pdev, const char *what, int ret);

int tw_register_cases(void);
int tw_register_deferred(void);

static inline irqreturn_t tw_handler(int irq, void *data)
{
	return IRQ_NONE;
}

#endif
