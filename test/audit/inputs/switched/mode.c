#include "mode.h"

enum switched_modes switched_mode(struct switched *switched)
{
	return switched->mode;
}

void switched_set_mode(struct switched *switched, enum switched_modes mode)
{
	switched->mode = mode;
}
