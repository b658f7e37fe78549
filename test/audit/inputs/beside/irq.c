#include <linux/interrupt.h>

/* Nothing here takes vectors or frees them; where the second request fails, the first handler stays for devres. */

int beside_request(struct pci_dev *pdev, int first, int second)
{
	int ret;

	ret = devm_request_irq(&pdev->dev, first, beside_irq, 0, "beside-first", pdev);
	if (ret)
		return ret;
	return devm_request_irq(&pdev->dev, second, beside_irq, 0, "beside-second", pdev);
}
