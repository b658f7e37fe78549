import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Archive } from "../../src/archive/archive.js";
import { recognise } from "../../src/archive/given.js";
import { priorEfforts } from "../../src/archive/prior.js";
import { queryOfWords } from "../../src/archive/prior-query.js";
import { writeConfig } from "../../src/archive/registry.js";
import { updateArchive } from "../../src/archive/update.js";
import { openTree } from "../../src/kernel/tree.js";
import { bundle } from "./seed.js";

let folder: string;
let archive: Archive;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
  process.env.TREEWIDE_CACHE = folder;
  writeConfig({ schema: "treewide.archive/1", name: "pci", sources: [recognise(bundle)] });
  await updateArchive("pci", false, () => {});
  archive = Archive.open("pci");
});
afterAll(() => {
  archive?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("pcim_alloc_irq_vectors was tried from February to June 2021, seven times, and not merged", () => {
  const efforts = priorEfforts(archive, queryOfWords(["pcim_alloc_irq_vectors"]), undefined);
  const [best] = efforts;
  expect(best).toMatchObject({
    title: "Introduce pcim_alloc_irq_vectors()",
    authors: ["Dejin Zheng <zhengdejin5@gmail.com>"],
    landed: false,
  });
  expect(best!.versions.map(({ version, patches }) => [version, patches])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((v) => [v, 4]),
  );
  expect([best!.first.slice(0, 7), best!.last.slice(0, 7)]).toEqual(["2021-02", "2021-06"]);
  expect(best!.versions.at(-1)!.messageId).toBe("20210607153916.1021016-1-zhengdejin5@gmail.com");
});

test("it ended in the last review of v7", () => {
  const [best] = priorEfforts(archive, queryOfWords(["pcim_alloc_irq_vectors()"]), undefined);
  expect(best!.objections[0]).toMatchObject({
    from: "Bjorn Helgaas",
    messageId: "20210617155823.GA3077181@bjorn-Precision-5520",
  });
  expect(best!.objections[0]!.quote).toContain("I don't think this series\nreally does it");
});

test("a tree says whether it landed", () => {
  const root = join(folder, "tree");
  mkdirSync(join(root, "include/linux"), { recursive: true });
  writeFileSync(join(root, "Makefile"), "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n");
  const header = join(root, "include/linux/pci.h");
  const landed = () =>
    priorEfforts(
      archive,
      queryOfWords(["pcim_alloc_irq_vectors"]),
      openTree({ kind: "folder", path: root }),
    )[0]!;
  writeFileSync(header, "int pci_alloc_irq_vectors(void);\n");
  expect(landed()).toMatchObject({
    landed: false,
    because: "none of its new names is in Linux 7.3.0: pcim_alloc_irq_vectors",
  });
  writeFileSync(header, "int pcim_alloc_irq_vectors(void);\n");
  expect(landed()).toMatchObject({ landed: true });
});

test("a file's efforts are those that touch it", () => {
  const efforts = priorEfforts(
    archive,
    queryOfWords(["drivers/i2c/busses/i2c-thunderx-pcidrv.c"]),
    undefined,
  );
  expect(efforts.map(({ title }) => title)).toContain("Introduce pcim_alloc_irq_vectors()");
});

test("a name that nobody used has no efforts", () => {
  expect(priorEfforts(archive, queryOfWords(["pcim_no_such_thing"]), undefined)).toEqual([]);
});
