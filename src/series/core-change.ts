/**
 * The last patch, the core change: a plain allocation leaves nothing with devres any more. Where devres can be asked
 * whether an action is there (devm_is_action_added(), since 6.16), the mark on the device goes too.
 */
import type { Tree } from "../kernel/tree.js";
import { CoreText } from "./core-text.js";
import type { Change } from "./edit.js";

const setupByAsking = `/*
 * Has to run after msi_setup_device_data(), so that pcim_msi_release() is
 * invoked before msi_device_data_release() on driver detach.
 */
int pcim_setup_msi_release(struct pci_dev *dev)
{
	if (devm_is_action_added(&dev->dev, pcim_msi_release, dev))
		return 0;

	return devm_add_action(&dev->dev, pcim_msi_release, dev);
}`;

const cancelByAsking = `void pcim_cancel_msi_release(struct pci_dev *dev)
{
	devm_remove_action_nowarn(&dev->dev, pcim_msi_release, dev);
}`;

const releaseByAsking = `static void pcim_msi_release(void *pcidev)
{
	pci_free_irq_vectors(pcidev);
}`;

const setupByMark = `/*
 * Has to run after msi_setup_device_data(), so that pcim_msi_release() is
 * invoked before msi_device_data_release() on driver detach.
 */
int pcim_setup_msi_release(struct pci_dev *dev)
{
	int ret;

	if (dev->is_msi_managed)
		return 0;

	ret = devm_add_action(&dev->dev, pcim_msi_release, dev);
	if (ret)
		return ret;

	dev->is_msi_managed = true;
	return 0;
}`;

const mark = "\tunsigned int\tis_msi_managed:1;\t/* MSI release via devres installed */\n";

const warning = ` *
 * WARNING: Do not call this function if the device has been enabled
 * with pcim_enable_device(). In that case, IRQ vectors are automatically
 * managed via pcim_msi_release() and calling pci_free_irq_vectors() can
 * lead to double-free issues.
 */
`;

const note = ` *
 * Vectors allocated with pcim_alloc_irq_vectors() or
 * pcim_alloc_irq_vectors_affinity() need no call of this function on driver
 * detach; calling it before that, in order to allocate anew, is fine.
 */
`;

const howtoBefore = `If the driver enables the device using pcim_enable_device(), the driver
shouldn't call pci_free_irq_vectors() because pcim_enable_device()
activates automatic management for IRQ vectors. Otherwise, the driver should
free any allocated IRQ vectors before removing the device using the following
function::
`;

const howtoAfter = `If the driver allocates the vectors using pcim_alloc_irq_vectors() or
pcim_alloc_irq_vectors_affinity(), they are freed automatically on driver
detach. Otherwise, the driver should free any allocated IRQ vectors before
removing the device using the following function, also when it enabled the
device using pcim_enable_device()::
`;

/**
 * The files of the last patch, for a tree that has the first.
 * @throws KnownError when the tree's core is not one the patch fits.
 */
export function endAutomaticRelease(tree: Tree): Change {
  const canAsk = /\bdevm_is_action_added\(/.test(
    tree.read("include/linux/device/devres.h")?.toString("latin1") ?? "",
  );
  const msi = new CoreText(tree, "drivers/pci/msi/msi.c");
  msi.replaceFunction("pcim_setup_msi_release", canAsk ? setupByAsking : setupByMark, true);
  msi.replaceFunction("pci_setup_msi_context", "", true);
  msi.replace("\n\n\n\n", "\n\n");
  msi.text = msi.text.replaceAll(
    "rc = pci_setup_msi_context(dev);",
    "rc = msi_setup_device_data(&dev->dev);",
  );
  const files = [msi];
  if (canAsk) {
    msi.replaceFunction("pcim_msi_release", releaseByAsking);
    msi.replaceFunction("pcim_cancel_msi_release", cancelByAsking);
    const header = new CoreText(tree, "include/linux/pci.h");
    header.replace(mark, "");
    files.push(header);
  }
  const api = new CoreText(tree, "drivers/pci/msi/api.c");
  api.replaceIfThere(warning, note);
  const howto = new CoreText(tree, "Documentation/PCI/msi-howto.rst");
  howto.replaceIfThere(howtoBefore, howtoAfter);
  return new Map(
    [...files, api, howto]
      .filter(({ path, text }) => text !== tree.read(path)?.toString("latin1"))
      .map(({ path, text }) => [path, text]),
  );
}

/** Whether a plain allocation on a managed device is released by devres in this tree. */
export function hasAutomaticRelease(tree: Tree): boolean {
  return /\bpci_is_managed\(/.test(tree.read("drivers/pci/msi/msi.c")?.toString("latin1") ?? "");
}
