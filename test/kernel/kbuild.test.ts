import { describe, expect, test } from "vitest";
import { Kbuild } from "../../src/kernel/kbuild.js";
import { openTree, type Tree } from "../../src/kernel/tree.js";
import { makefile, writeTree } from "./fixture.js";
import { realTree } from "./real-tree.js";

/** A tree with these makefiles, and an empty file for each source. */
function kbuild(makefiles: Readonly<Record<string, string>>, ...sources: string[]): Kbuild {
  const files = Object.fromEntries(sources.map((path) => [path, ""]));
  return new Kbuild(
    openTree({ kind: "folder", path: writeTree({ Makefile: makefile, ...files, ...makefiles }) }),
  );
}

test("an object of its own is a module", () => {
  const index = kbuild({ "d/Makefile": "obj-$(CONFIG_A) += a.o\n" }, "d/a.c");
  expect(index.moduleOf("d/a.c")).toEqual({
    name: "a",
    files: ["d/a.c"],
    config: "CONFIG_A",
    makefile: "d/Makefile",
  });
});

test.each([
  ["-objs", "foo-objs := a.o b.o"],
  ["-y", "foo-y := a.o\nfoo-y += b.o"],
  ["-m", "foo-m := a.o b.o"],
  ["-$(CONFIG)", "foo-y = a.o\nfoo-$(CONFIG_B) += b.o"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is make's
  ["-$ and braces", "foo-y = a.o\nfoo-${CONFIG_B} += b.o"],
  ["two symbols in a row", "foo-y = a.o\nfoo-$(CONFIG_B)$(CONFIG_C) += b.o"],
  ["$(subst m,y,…)", "foo-y = a.o\nfoo-$(subst m,y,$(CONFIG_B)) += b.o"],
  ["continued lines", "foo-y := \\\n\ta.o \\\n\tb.o # comment"],
  ["both branches of a conditional", "ifdef CONFIG_X\nfoo-y := a.o\nelse\nfoo-y := b.o\nendif"],
  ["a conditional in a variable", "foo-y := a.o $(if $(CONFIG_B),b.o)"],
  ["a variable", "parts = a.o b.o\nfoo-y := $(parts)"],
  ["a variable that is set later", "foo-y = $(parts)\nparts := a.o b.o"],
  ["$(foo-objs-y) of older makefiles", "foo-objs-$(CONFIG_B) += b.o\nfoo-objs := a.o $(foo-objs-y)"],
  ["functions", "names := a b\nfoo-y := $(addsuffix .o,$(filter-out c,$(names) c))"],
  ["a substitution", "sources := a.c b.c\nfoo-y := $(sources:.c=.o)"],
  ["a loop that evaluates", "$(foreach n,a b,$(eval foo-y += $(n).o))"],
  [
    "a called template",
    "define part\nfoo-y += $(1).o\nendef\n$(eval $(call part,a))\n$(eval $(call part,b))",
  ],
])("a composite module: %s", (_, text) => {
  const index = kbuild(
    { "d/Makefile": `${text}\nobj-$(CONFIG_FOO) += foo.o\n` },
    "d/a.c",
    "d/b.c",
    "d/foo.c",
  );
  expect(index.moduleOf("d/a.c")).toMatchObject({
    name: "foo",
    files: ["d/a.c", "d/b.c"],
    config: "CONFIG_FOO",
  });
  expect(index.moduleOf("d/b.c")?.name).toBe("foo");
  expect(index.moduleOf("d/foo.c")).toBeUndefined();
});

test("what a loop makes of a list is under the symbols of its words", () => {
  const text = `list-$(CONFIG_A) += a.o
list-$(CONFIG_B) += b.o
list-y += c.o
define each
x-$(1)-y := $(1).o
obj-$(2) += x-$(1).o
endef
$(foreach n,$(basename $(list-y)),$(eval $(call each,$(n),y)))
obj-m += last.o
`;
  const index = kbuild({ "d/Makefile": text }, "d/a.c", "d/b.c", "d/c.c", "d/last.c");
  const configs = ["a", "b", "c", "last"].map((name) => index.moduleOf(`d/${name}.c`)?.config);
  expect(configs).toEqual(["CONFIG_A", "CONFIG_B", null, null]);
});

test("the value of := is taken at once, that of = when it is used", () => {
  const text = "p := a.o\nfoo-y := $(p)\nbar-y = $(p)\np := b.o\nobj-m += foo.o bar.o\n";
  const index = kbuild({ "d/Makefile": text }, "d/a.c", "d/b.c");
  expect(index.moduleOf("d/a.c")?.name).toBe("foo");
  expect(index.moduleOf("d/b.c")?.name).toBe("bar");
});

test("recipes are not makefile text", () => {
  const index = kbuild({ "d/Makefile": "all: x\n\tobj-y += a.o\nobj-y += b.o\n" }, "d/a.c", "d/b.c");
  expect(index.moduleOf("d/a.c")).toBeUndefined();
  expect(index.moduleOf("d/b.c")?.name).toBe("b");
});

test("Kbuild goes before Makefile", () => {
  const index = kbuild({ "d/Kbuild": "obj-m += a.o\n", "d/Makefile": "obj-m += b.o\n" }, "d/a.c", "d/b.c");
  expect(index.moduleOf("d/a.c")?.makefile).toBe("d/Kbuild");
  expect(index.moduleOf("d/b.c")).toBeUndefined();
});

test("parts may lie in folders below, beside and elsewhere", () => {
  const index = kbuild(
    { "d/foo/Makefile": "foo-y := in/a.o ../common/b.o ../../other/c.o\nobj-m += foo.o\n" },
    "d/foo/in/a.c",
    "d/common/b.c",
    "other/c.c",
  );
  expect(index.moduleOf("d/foo/in/a.c")?.name).toBe("foo");
  expect(index.moduleOf("d/common/b.c")?.name).toBe("foo");
  expect(index.moduleOf("d/foo/in/a.c")?.files).toContain("other/c.c");
});

test("included makefiles see the folder and the variables of the one that includes them", () => {
  const index = kbuild(
    {
      "d/main/Makefile": "REL = ../lib\ninclude $(src)/../lib/Makefile\nmain-y := $(LIB)\nobj-m += main.o\n",
      "d/lib/Makefile": "PARTS = a.o b.o\nLIB := $(addprefix $(REL)/,$(PARTS))\n",
    },
    "d/lib/a.c",
    "d/lib/b.c",
  );
  expect(index.moduleOf("d/lib/b.c")).toMatchObject({ name: "main", files: ["d/lib/a.c", "d/lib/b.c"] });
});

test("a pattern rule tells an object's source", () => {
  const text = "x-y := i/a.o\nobj-m += x.o\n$(obj)/i/%.o: $(srctree)/other/%.c FORCE\n\t$(call cmd)\n";
  const index = kbuild({ "d/Makefile": text }, "other/a.c");
  expect(index.moduleOf("d/i/a.c")).toBeUndefined();
  expect(index.modulesOf("other/a.c")).toEqual([]); // another top folder
  const same = kbuild({ "d/x/Makefile": text.replace("other/", "d/other/") }, "d/other/a.c");
  expect(same.moduleOf("d/other/a.c")?.name).toBe("x");
});

test("a C file that another one includes is part of its module", () => {
  const index = kbuild(
    { "d/Makefile": "obj-$(CONFIG_X) += x.o y.o\n", "d/x.c": '#include "x-pci.c"\n' },
    "d/y.c",
    "d/x-pci.c",
    "d/alone.c",
  );
  expect(index.moduleOf("d/x-pci.c")).toMatchObject({ name: "x", config: "CONFIG_X" });
  expect(index.moduleOf("d/alone.c")).toBeUndefined();
});

test("a file may be part of several modules", () => {
  const text = "a-y := a1.o shared.o\nb-y := b1.o shared.o\nobj-m += a.o b.o shared.o\n";
  const index = kbuild({ "d/Makefile": text }, "d/a1.c", "d/b1.c", "d/shared.c");
  expect(index.modulesOf("d/shared.c").map((module) => module.name)).toEqual(["a", "b", "shared"]);
});

test("generated sources are no files of a module, assembly is", () => {
  const index = kbuild({ "d/Makefile": "m-y := a.o gen.o entry.o\nobj-m += m.o\n" }, "d/a.c", "d/entry.S");
  expect(index.moduleOf("d/a.c")?.files).toEqual(["d/a.c", "d/entry.S"]);
});

test("the symbols of a source: its own, its module's, those of the folders above; any one where several do", () => {
  const index = kbuild(
    {
      "d/Makefile": "obj-$(CONFIG_TOP) += e/\nobj-$(CONFIG_ELSE) += f/\nobj-$(CONFIG_M) += f/\n",
      "d/e/Makefile": "obj-y += deep/er/\n",
      "d/e/deep/er/Makefile": "obj-$(CONFIG_M) += m.o\nm-y := a.o\nm-$(CONFIG_PART) += b.o\n",
      "d/f/Makefile": "obj-$(CONFIG_M) += x.o\n",
    },
    "d/e/deep/er/a.c",
    "d/e/deep/er/b.c",
    "d/f/x.c",
  );
  expect(index.symbolsOf("d/e/deep/er/b.c")).toEqual(["CONFIG_PART", "CONFIG_M", "CONFIG_TOP"]);
  expect(index.symbolsOf("d/f/x.c")).toEqual(["CONFIG_M"]);
  expect(index.symbolsOf("d/none.c")).toEqual([]);
});

test.each([
  ["refers to itself", "a = $(a) x\nobj-m += $(a)\n"],
  ["includes itself", "include $(src)/Makefile\n"],
  [
    "doubles for ever",
    `${"x".repeat(999)}\na0 = ${"y".repeat(999)}\n${Array.from({ length: 60 }, (_, i) => `a${i + 1} = $(a${i})$(a${i})`).join("\n")}\nobj-m := $(a60)\n`,
  ],
])("a makefile that %s is given up and said", (_, text) => {
  const index = kbuild({ "d/Makefile": text }, "d/a.c");
  expect(index.moduleOf("d/a.c")).toBeUndefined();
  expect(index.problems.map((problem) => problem.path)).toEqual(["d/Makefile"]);
});

test("a makefile of random bytes harms nothing", () => {
  const noise = String.fromCharCode(
    ...Array.from({ length: 5000 }, (_, i) => (i * 7919 + ((i * i) % 251)) % 256),
  );
  expect(kbuild({ "d/Makefile": noise }, "d/a.c").moduleOf("d/a.c")).toBeUndefined();
});

/** Read in the makefiles of Linux 7.3 by hand. */
describe("Linux 7.3", () => {
  let tree: Tree;
  let index: Kbuild;
  const open = async () => {
    tree ??= await realTree("7.3");
    index ??= new Kbuild(tree);
    return index;
  };

  test.each([
    ["drivers/gpu/drm/xe/xe_irq.c", "xe", "CONFIG_DRM_XE"],
    ["drivers/gpu/drm/xe/display/xe_display.c", "xe", "CONFIG_DRM_XE"],
    ["drivers/gpu/drm/i915/i915_irq.c", "i915", "CONFIG_DRM_I915"],
    ["drivers/gpu/drm/amd/amdgpu/amdgpu_irq.c", "amdgpu", "CONFIG_DRM_AMDGPU"],
    ["drivers/gpu/drm/amd/display/amdgpu_dm/amdgpu_dm.c", "amdgpu", "CONFIG_DRM_AMDGPU"],
    ["drivers/gpu/drm/amd/display/dc/core/dc.c", "amdgpu", "CONFIG_DRM_AMDGPU"],
    ["drivers/gpu/drm/amd/pm/amdgpu_pm.c", "amdgpu", "CONFIG_DRM_AMDGPU"],
    ["drivers/gpu/drm/nouveau/nvkm/subdev/pci/base.c", "nouveau", "CONFIG_DRM_NOUVEAU"],
    ["drivers/net/ethernet/intel/ice/ice_irq.c", "ice", "CONFIG_ICE"],
    ["drivers/net/ethernet/mellanox/mlx5/core/pci_irq.c", "mlx5_core", "CONFIG_MLX5_CORE"],
    ["drivers/net/wireless/intel/iwlwifi/pcie/gen1_2/trans.c", "iwlwifi", "CONFIG_IWLWIFI"],
    ["drivers/ata/libahci.c", "libahci", "CONFIG_SATA_AHCI"],
    ["drivers/net/wireless/mediatek/mt76/mt7915/pci.c", "mt7915e", "CONFIG_MT7915E"],
    ["drivers/crypto/intel/qat/qat_common/adf_isr.c", "intel_qat", "CONFIG_CRYPTO_DEV_QAT"],
    ["sound/soc/sof/intel/hda.c", "snd-sof-intel-hda-generic", "CONFIG_SND_SOC_SOF_HDA_GENERIC"],
    ["drivers/net/ethernet/stmicro/stmmac/stmmac_main.c", "stmmac", "CONFIG_STMMAC_ETH"],
    ["drivers/net/ethernet/stmicro/stmmac/stmmac_pci.c", "stmmac-pci", "CONFIG_STMMAC_PCI"],
    ["drivers/net/ethernet/stmicro/stmmac/dwmac-intel.c", "dwmac-intel", "CONFIG_DWMAC_INTEL"],
    ["drivers/thunderbolt/nhi.c", "thunderbolt", "CONFIG_USB4"],
    ["drivers/platform/x86/intel/vsec.c", "intel-vsec", "CONFIG_INTEL_VSEC"],
    ["drivers/usb/host/uhci-pci.c", "uhci-hcd", "CONFIG_USB_UHCI_HCD"],
    ["drivers/mmc/host/sdhci-pci-core.c", "sdhci-pci", "CONFIG_MMC_SDHCI_PCI"],
  ])("%s is in %s", async (file, name, config) => {
    expect((await open()).moduleOf(file)).toMatchObject({ name, config });
  });

  test("display code is shared by i915 and xe", async () => {
    const modules = (await open()).modulesOf("drivers/gpu/drm/i915/display/intel_display.c");
    expect(modules.map((module) => module.name)).toEqual(["i915", "xe"]);
  });

  test("every makefile of drivers and sound can be evaluated", async () => {
    const all = await open();
    for (const file of tree.list(["drivers", "sound"], ["Makefile", "Kbuild"])) all.moduleOf(file.path);
    expect(all.problems).toEqual([]);
  });

  test("nearly every C file has a module: the others are included, host tools, or left out", async () => {
    const all = await open();
    const files = tree.list(["drivers", "sound"], [".c"]);
    const without = files.filter((file) => !all.moduleOf(file.path));
    expect(files.length).toBeGreaterThan(24_000);
    expect(without.length).toBeLessThan(files.length * 0.013);
  });
});
