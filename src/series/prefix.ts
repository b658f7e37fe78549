/** The subject prefix that a file's history has: "dmaengine: hisilicon: ", "drm/xe: ", "crypto: octeontx2 - ". */
import { basename, dirname } from "node:path";
import { git } from "../kernel/git.js";

/** Commits looked at: enough for a habit to show, and the last years' habit. */
const recent = 30;

/**
 * The prefix that most of a file's recent commits have in the history at hand; undefined without history.
 * @param repository a git repository, or null for an unpacked tree
 */
export function prefixFromHistory(
  repository: string | null,
  commit: string | null,
  path: string,
): string | undefined {
  if (repository === null || commit === null) return undefined;
  const { stdout, status } = git(
    repository,
    ["log", `-${recent}`, "--no-merges", "--format=%s", commit, "--", path],
    { accept: "any" },
  );
  if (status !== 0) return undefined;
  const counts = new Map<string, number>();
  for (const subject of stdout.toString("utf8").split("\n")) {
    const prefix = /^(?!Revert|treewide)((?:[\w/,.&() -]{1,30}: ){1,3}(?:[\w/-]{1,30} - )?)/.exec(
      subject,
    )?.[1];
    if (prefix && prefix.length <= 42) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best && best[1] >= 2 ? best[0] : undefined;
}

/**
 * The prefix of a patch to several files: theirs when it is one, else what they have in common, "mmc: sdhci-pci: " of
 * "mmc: sdhci-pci-gli: " and "mmc: sdhci-pci-o2micro: ".
 */
export function commonPrefix(prefixes: readonly string[]): string {
  const [first, ...others] = prefixes as readonly [string, ...string[]];
  if (others.every((other) => other === first)) return first;
  let shared = 0;
  while (others.every((other) => other[shared] === first[shared])) shared++;
  const name =
    /^(.*\w)[-_/]/.exec(first.slice(0, shared))?.[1] ?? /^(.*\w): /.exec(first.slice(0, shared))?.[1];
  return name === undefined ? first : `${name}: `;
}

/**
 * How subsystems write their subjects, as their mails on lore.kernel.org show; `*` stands for the driver's name. The
 * longest path that fits counts. What follows the prefix is ": ", unless it is written here.
 */
const habits: readonly (readonly [path: string, prefix: string])[] = [
  ["drivers/accel/", "accel/*"],
  ["drivers/ata/", "ata: *"],
  ["drivers/bluetooth/", "Bluetooth: *"],
  ["drivers/bluetooth/btintel_pcie", "Bluetooth: btintel_pcie"],
  ["drivers/bus/mhi/", "bus: mhi: host"],
  ["drivers/bus/mhi/host/pci_generic", "bus: mhi: host: pci_generic"],
  ["drivers/char/", "char: *"],
  ["drivers/crypto/", "crypto: * - "],
  ["drivers/crypto/inside-secure/", "crypto: inside-secure - "],
  ["drivers/cxl/", "cxl/*"],
  ["drivers/dma/", "dmaengine: *"],
  ["drivers/dma/hisi_dma", "dmaengine: hisilicon"],
  ["drivers/dma/ioat/", "dmaengine: ioatdma"],
  ["drivers/edac/", "EDAC/*"],
  ["drivers/gpio/", "gpio: *"],
  ["drivers/gpu/drm/", "drm/*"],
  ["drivers/gpu/drm/hisilicon/hibmc/", "drm/hisilicon/hibmc"],
  ["drivers/hid/", "HID: *"],
  ["drivers/hid/intel-ish-hid/", "HID: intel-ish-hid"],
  ["drivers/hid/intel-thc-hid/", "HID: Intel-thc-hid: Intel-*"],
  ["drivers/i2c/", "i2c: *"],
  ["drivers/i3c/", "i3c: *"],
  ["drivers/iommu/riscv/", "iommu/riscv"],
  ["drivers/iommu/", "iommu/*"],
  ["drivers/media/", "media: *"],
  ["drivers/mfd/", "mfd: *"],
  ["drivers/misc/", "misc: *"],
  ["drivers/misc/keba/", "misc: keba"],
  ["drivers/misc/mchp_pci1xxxx/", "misc: microchip: pci1xxxx"],
  ["drivers/misc/mei/", "mei: *"],
  ["drivers/mmc/", "mmc: *"],
  ["drivers/net/wireless/", "wifi: *"],
  ["drivers/net/", "net: *"],
  ["drivers/net/ethernet/cavium/thunder/", "net: thunderx"],
  ["drivers/net/ethernet/intel/", "*"],
  ["drivers/net/ethernet/realtek/", "*"],
  ["drivers/net/ethernet/stmicro/stmmac/", "net: stmmac: *"],
  ["drivers/ntb/", "NTB: *"],
  ["drivers/nvme/", "nvme"],
  ["drivers/pci/", "PCI: *"],
  ["drivers/perf/", "perf: *"],
  ["drivers/platform/x86/", "platform/x86: *"],
  ["drivers/scsi/", "scsi: *"],
  ["drivers/scsi/hisi_sas/", "scsi: hisi_sas"],
  ["drivers/spi/", "spi: *"],
  ["drivers/staging/media/", "media: staging/*"],
  ["drivers/staging/media/ipu3/", "media: ipu3-imgu"],
  ["drivers/staging/", "staging: *"],
  ["drivers/thermal/", "thermal: *"],
  ["drivers/thermal/intel/int340x_thermal/", "thermal: intel: int340x"],
  ["drivers/thunderbolt/", "thunderbolt"],
  ["drivers/tty/serial/8250/", "serial: *"],
  ["drivers/tty/serial/8250/8250_pci", "serial: 8250_pci"],
  ["drivers/tty/serial/", "serial: *"],
  ["drivers/usb/", "usb: *"],
  ["drivers/usb/gadget/", "usb: gadget: *"],
  ["drivers/vdpa/", "vdpa/*"],
  ["sound/soc/", "ASoC: *"],
  ["sound/soc/sof/", "ASoC: SOF: *"],
  ["sound/soc/sof/intel/", "ASoC: SOF: Intel"],
  ["sound/hda/", "ALSA: hda"],
  ["sound/", "ALSA: *"],
];

/** File names that say nothing of the driver: its folder does. */
const generic =
  /^(pci|main|core|init|drv|.*_(main|drv|init|core|pci|irq)|trans|hda|intel|iommu-pci|aie\d_pci)$/;

/** The prefix by the habits of the subsystem: for trees without history. */
export function prefixFromHabit(path: string): string {
  const habit = habits
    .filter(([folder]) => path.startsWith(folder))
    .sort((a, b) => b[0].length - a[0].length)[0];
  const name = driverName(path, habit?.[0] ?? "drivers/");
  const prefix = habit ? habit[1].replace("*", () => name) : `${basename(dirname(path))}: ${name}`;
  return / $/.test(prefix) ? prefix : `${prefix}: `;
}

function driverName(path: string, below: string): string {
  const file = basename(path, ".c");
  const folders = dirname(path).slice(below.length).split("/").filter(Boolean);
  if (below === "drivers/net/wireless/" && folders.length > 1) return wirelessName(folders);
  const isOfVendor = below === "drivers/net/" && folders[0] === "ethernet" && folders.length === 2;
  if (isOfVendor) return stem(file);
  if (!generic.test(file) && !below.includes("/drm/") && !below.includes("/accel/")) return stem(file);
  return (
    folders
      .filter((name) => !/^(host|busses|pci|intel_common|switch|controller|master)$/.test(name))
      .slice(-1)[0] ??
    folders.at(-1) ??
    stem(file)
  );
}

/** The file's name, as it is spelled, without what says which bus or which part of the driver it is for. */
function stem(file: string): string {
  return file
    .replace(/^(i2c|gpio|spi|pci)[-_](?=.)/, "")
    .replace(/[-_](pci|pcidrv|pcie|drv|main|core|edac)$/, "");
}

/** VENDOR/DRIVER/CHIP: the driver, and the chip when that is a driver of its own. */
function wirelessName([, driver, chip]: readonly string[]): string {
  return chip === undefined || /^(pcie?|usb|sdio)$/.test(chip) ? driver! : `${driver}: ${chip}`;
}
