import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Archive } from "../../src/archive/archive.js";
import { priorEfforts } from "../../src/archive/prior.js";
import { queryOfSeries, queryOfWords } from "../../src/archive/prior-query.js";
import { openTree } from "../../src/kernel/tree.js";
import { commitAll, git, unusualSettings, writeRepository, writeTree } from "../kernel/fixture.js";
import { removeTestArchives, testArchive, testCache } from "./fixture.js";
import { bundle } from "./seed.js";

let archive: Archive;

beforeAll(async () => {
  archive = await testArchive("pci", bundle);
});
afterAll(removeTestArchives);

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
  const root = join(testCache(), "tree");
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

test("where a tree says who maintains the files, their objections are shown", () => {
  const root = join(testCache(), "maintained");
  mkdirSync(join(root, "drivers/pci"), { recursive: true });
  writeFileSync(join(root, "Makefile"), "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n");
  writeFileSync(
    join(root, "MAINTAINERS"),
    "PCI SUBSYSTEM\nM:\tBjorn Helgaas <elsewhere@example.org>\nF:\tdrivers/pci/\n\nTHE REST\nM:\tAndy Shevchenko <andy.shevchenko@gmail.com>\nF:\t*\nF:\t*/\n",
  );
  const [best] = priorEfforts(
    archive,
    queryOfWords(["pcim_alloc_irq_vectors"]),
    openTree({ kind: "folder", path: root }),
  );
  expect(best!.objections.length).toBeGreaterThan(0);
  expect(new Set(best!.objections.map(({ from }) => from))).toEqual(new Set(["Bjorn Helgaas"]));
});

test("a range says what it introduces, whatever its repository has configured", () => {
  const { folder } = writeRepository({ "drivers/pci/a.c": "int a;\n" });
  writeTree({ "drivers/pci/a.c": "int a;\n\nint pci_brand_new(int a)\n{\n\treturn a;\n}\n" }, folder);
  commitAll(folder, "Add pci_brand_new()");
  const query = () => queryOfSeries("HEAD^..HEAD", folder, []);
  expect(query().symbols).toEqual(["pci_brand_new"]);
  const before = query();
  for (const [key, value] of Object.entries(unusualSettings)) git(folder, "config", key, value);
  expect(query()).toEqual(before);
  git(folder, "commit", "-q", "--allow-empty", "-m", "nothing");
  expect(() => queryOfSeries("HEAD^..HEAD", folder, [])).toThrow(/holds no patches/);
});

test("a series that is not there is told in a line, with git's reason", () => {
  const { folder } = writeRepository({ file: "" });
  expect(() => queryOfSeries("/nope", folder, [])).toThrow(
    /^\/nope: no such file or folder, and no range of commits in .*: fatal: [^\n]{1,200}$/,
  );
});

test("a series may be an mbox", () => {
  const { folder } = writeRepository({ file: "old\n" });
  writeTree({ file: "new\n" }, folder);
  commitAll(folder, "Change it");
  const mbox = join(folder, "series.mbox");
  writeFileSync(mbox, git(folder, "format-patch", "--stdout", "-1"));
  expect(queryOfSeries(mbox, folder, []).files).toEqual(["file"]);
});
