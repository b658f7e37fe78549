#ifndef RETURNED_H
#define RETURNED_H

static inline void returned_free(struct pci_dev *pdev)
{
	pci_free_irq_vectors(pdev);
}
DEFINE_FREE(returned_free, struct pci_dev *, if (_T) returned_free(_T))

#endif
