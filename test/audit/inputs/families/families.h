int leaning_init(struct pci_dev *pdev);
void leaning_fini(struct pci_dev *pdev);
int freeing_init(struct pci_dev *pdev);
void freeing_fini(struct pci_dev *pdev);
