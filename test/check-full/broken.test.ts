/** A series on a real kernel, broken on purpose: each fault is found at the commit that brings it, and nothing else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import { check } from "../../src/gate/check/check.js";
import { lineOf } from "../../src/gate/check/history.js";
import { embeddedQueue } from "../../src/gate/queue/embedded.js";
import { getTree } from "../../src/kernel/trees.js";

const HEADER = "include/linux/pci.h";
const DRIVER = "drivers/pci/switch/switchtec.c";
const OTHER = "drivers/misc/pci_endpoint_test.c";
const SIGNED = "The body says why.\n\nSigned-off-by: A U Thor <author@example.org>";

test("a missing stub, a typo and an unused variable on a real kernel", async () => {
  const tree = process.env.TREEWIDE_TREE ?? (await getTree("7.3"));
  const folder = mkdtempSync(join(tmpdir(), "treewide-real-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = async (...args: string[]) => {
    const person = ["-c", "gc.auto=0", "-c", "user.name=A U Thor", "-c", "user.email=author@example.org"];
    const { stdout } = await run("git", ["-C", folder, ...person, "-c", "commit.gpgsign=false", ...args]);
    return stdout.toString().trim();
  };
  const change = async (subject: string, path: string, from: string | RegExp, to: string) => {
    const text = readFileSync(join(folder, path), "latin1");
    const changed = text.replace(from, to);
    expect(changed, subject).not.toBe(text);
    writeFileSync(join(folder, path), changed, "latin1");
    await git("commit", "-q", "-a", "-m", `${subject}\n\n${SIGNED}`);
  };
  await run("cp", ["-a", `${tree}/.`, folder]);
  await git("init", "-q");
  await git("add", "-A", "-f");
  await git("commit", "-q", "-m", "base");
  await git("tag", "base");
  await change(
    "PCI/MSI: Declare a function without its stub",
    HEADER,
    "int pci_alloc_irq_vectors(struct pci_dev *dev,",
    "int pci_count_irq_vectors(struct pci_dev *dev);\nint pci_alloc_irq_vectors(struct pci_dev *dev,",
  );
  await change(
    "PCI: switchtec: Use what there is not",
    DRIVER,
    "pci_alloc_irq_vectors(",
    "pci_aloc_irq_vectors(",
  );
  await change("PCI: switchtec: Use it again", DRIVER, "pci_aloc_irq_vectors(", "pci_alloc_irq_vectors(");
  await change(
    "misc: pci_endpoint_test: Forget a variable",
    OTHER,
    /^(static int pci_endpoint_test_probe\([^{]*\{\n)/m,
    "$1\tint forgotten;\n",
  );
  const { commits } = await check({
    repository: folder,
    commits: lineOf(folder, "base..HEAD"),
    includers: 4,
    cache: false,
    openQueue: async (workshop) => embeddedQueue(workshop, {}),
  });
  const faults = commits.map(({ subject, findings }) => ({
    subject,
    told: findings.map(({ tool, file, message }) => `${tool} ${file}: ${message}`),
  }));
  expect(faults).toEqual([
    {
      subject: "PCI/MSI: Declare a function without its stub",
      told: ["PCI_MSI", "PCI"].map((symbol) =>
        expect.stringContaining(
          `stub ${HEADER}: pci_count_irq_vectors() is not declared without CONFIG_${symbol},`,
        ),
      ),
    },
    {
      subject: "PCI: switchtec: Use what there is not",
      told: [expect.stringContaining(`compiler ${DRIVER}: implicit declaration`)],
    },
    { subject: "PCI: switchtec: Use it again", told: [] },
    {
      subject: "misc: pci_endpoint_test: Forget a variable",
      told: [expect.stringContaining(`compiler ${OTHER}: unused variable`)],
    },
  ]);
});
