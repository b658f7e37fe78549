struct linked_ops {
	int (*setup)(struct pci_dev *pdev);
};

int linked_setup(struct pci_dev *pdev, const struct linked_ops *ops);
