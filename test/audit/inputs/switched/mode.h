#include <linux/pci.h>

enum switched_modes {
	SWITCHED_INTX = 1,
	SWITCHED_MSI,
	SWITCHED_MSIX,
};

struct switched {
	enum switched_modes mode;
};

enum switched_modes switched_mode(struct switched *switched);
void switched_set_mode(struct switched *switched, enum switched_modes mode);
