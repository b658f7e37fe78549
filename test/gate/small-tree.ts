/** A tree that is built as a kernel is, of a few files: for tests that compile. Its makefiles are ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../../src/base/process.js";
import { write } from "./series.js";

/** One makefile for everything: `make O=… ARCH=… allmodconfig`, `… W=1 drivers/a.o`, `… M=folder probe.o`. */
const MAKEFILE = `VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 0
EXTRAVERSION =

CC = $(CROSS_COMPILE)gcc
top := $(CURDIR)
from := $(if $(M),$(M),$(top))
to := $(if $(M),$(M),$(O))
symbols := $(shell sed -n 's/^\\(CONFIG_[A-Z0-9_]*\\)=[ym]$$/-D\\1=1/p' $(O)/.config 2>/dev/null)

allmodconfig:
	@awk -v arch=$(ARCH) -f $(top)/scripts/config.awk $(KCONFIG_ALLCONFIG) $(top)/Kconfig > $(O)/.config

modules_prepare Makefile: ;

$(filter %.o,$(MAKECMDGOALS)): FORCE
	@mkdir -p $(to)/$(@D)
	@echo '  CC [M]  $@'
	@if [ -n "$$TREEWIDE_TEST_MARK" ]; then echo $@ >> "$$TREEWIDE_TEST_MARK"; sleep $$TREEWIDE_TEST_SLEEP; fi
	@$(CC) $(symbols) $(if $(W),-Wall -Wextra) -Werror=implicit-function-declaration -I$(top)/include \\
		-MMD -MF $(to)/$@.d -c -o $(to)/$@ $(from)/$(@:.o=.c)
	@sh $(top)/scripts/fixdep.sh $@ $(from)/$(@:.o=.c) $(to)/$@.d > $(to)/$(@D)/.$(@F).cmd

FORCE:
`;

/** Everything on, but for what the first file (the fragment) says and what depends on another architecture. */
const CONFIG = `FNR == 1 { file++ }
file == 1 && /is not set/ { off[substr($2, 8)] = 1 }
file == 2 && $1 == "config" { name = $2; names[++count] = name }
file == 2 && $1 == "depends" && $3 == "ARM64" && arch != "arm64" { off[name] = 1 }
file == 2 && $1 == "depends" && $3 == "ALPHA" && arch != "alpha" { off[name] = 1 }
file == 2 && $1 == "default" && $2 == "n" { off[name] = 1 }
END {
	for (i = 1; i <= count; i++)
		if (names[i] in off)
			print "# CONFIG_" names[i] " is not set"
		else
			print "CONFIG_" names[i] "=m"
}
`;

const FIXDEP = `echo "source_$1 := $2"
echo
echo "deps_$1 := \\\\"
tr -d '\\\\' < "$3" | tr ' ' '\\n' | sed -n 's/^\\(\\/.*[^:]\\)$/  \\1 \\\\/p'
echo
`;

export const SMALL_TREE: Readonly<Record<string, string>> = {
  Makefile: MAKEFILE,
  Kbuild: "obj-y += drivers/\n",
  "scripts/config.awk": CONFIG,
  "scripts/fixdep.sh": FIXDEP,
  Kconfig: [
    ...["PCI", "PCI_MSI", "ALPHA_DRIVER", "BETA_DRIVER"].map(
      (name) => `config ${name}\n\ttristate "${name}"\n`,
    ),
    'config SOC_DRIVER\n\ttristate "SOC"\n\tdepends on ARM64\n',
    'config OLD_DRIVER\n\ttristate "OLD"\n\tdepends on ALPHA\n',
  ].join("\n"),
  "drivers/Makefile":
    "obj-$(CONFIG_ALPHA_DRIVER) += alpha.o\nobj-$(CONFIG_BETA_DRIVER) += beta.o\n" +
    "obj-$(CONFIG_SOC_DRIVER) += soc.o\nobj-$(CONFIG_OLD_DRIVER) += old.o\n",
  "include/linux/module.h": "",
  "include/linux/pci.h": `struct pci_dev;
#ifdef CONFIG_PCI_MSI
int pci_take(struct pci_dev *dev);
#else
static inline int pci_take(struct pci_dev *dev)
{
	return dev ? -1 : 0;
}
#endif
`,
  "drivers/alpha.c": `#include <linux/pci.h>

int alpha(struct pci_dev *dev);
int alpha(struct pci_dev *dev)
{
	int old_warning;

	return pci_take(dev);
}
`,
  "drivers/beta.c": `#include <linux/pci.h>

int beta(struct pci_dev *dev);
int beta(struct pci_dev *dev)
{
	return pci_take(dev) + 1;
}
`,
  "drivers/soc.c": "int soc(void);\nint soc(void)\n{\n\treturn 1;\n}\n",
  "drivers/old.c": "int old(void);\nint old(void)\n{\n\treturn 1;\n}\n",
};

export interface SmallTree {
  readonly folder: string;
  /** Replaces text in files and commits that. @returns the commit. */
  change(
    subject: string,
    edits: Readonly<Record<string, readonly [from: string, to: string]>>,
  ): Promise<string>;
  git(...args: string[]): Promise<string>;
}

/** A repository with the small tree, tagged `base`; it goes away with the test. */
export async function smallTree(): Promise<SmallTree> {
  const folder = mkdtempSync(join(tmpdir(), "treewide-small-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = new Map(Object.entries(SMALL_TREE));
  const git = async (...args: string[]) => {
    const person = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    const { stdout } = await run("git", ["-C", folder, ...person, ...args]);
    return stdout.toString().trim();
  };
  write(folder, SMALL_TREE);
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-q", "-m", "base");
  await git("tag", "base");
  const change: SmallTree["change"] = async (subject, edits) => {
    for (const [path, [from, to]] of Object.entries(edits)) {
      const text = files.get(path)!;
      if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
      files.set(path, text.replace(from, to));
      write(folder, { [path]: files.get(path)! });
    }
    await git("commit", "-q", "-a", "-m", subject);
    return await git("rev-parse", "HEAD");
  };
  return { folder, change, git };
}
