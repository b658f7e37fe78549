import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { driverNameOf } from "../../src/audit/driver-name.js";
import { SourceFile } from "../../src/c/source.js";
import { openTree } from "../../src/kernel/tree.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-name-"));
  write("Makefile", "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function nameIn(text: string): string | undefined {
  write("drivers/net/card_main.c", text);
  const variable = new SourceFile("drivers/net/card_main.c", text).variables.get("card")!;
  return driverNameOf(variable, openTree({ kind: "folder", path: root }));
}

test("a string", () => {
  expect(nameIn('static struct pci_driver card = { .name = "the-card" };')).toBe("the-card");
});

test("a macro of the file, or of a header beside it", () => {
  expect(nameIn('#define NAME "one"\nstatic struct pci_driver card = { .name = NAME };')).toBe("one");
  write("drivers/net/card.h", '#define DRV_NAME\t"two"\n');
  expect(nameIn('#include "card.h"\nstatic struct pci_driver card = { .name = DRV_NAME };')).toBe("two");
});

test("KBUILD_MODNAME is the module's name, as the kernel writes it", () => {
  write("drivers/Makefile", "obj-y += net/\n");
  write("drivers/net/Makefile", "obj-$(CONFIG_CARD) += fast-card.o\nfast-card-y := card_main.o\n");
  expect(nameIn("static struct pci_driver card = { .name = KBUILD_MODNAME };")).toBe("fast_card");
});

test("a name that is not written down is not guessed", () => {
  expect(nameIn("static struct pci_driver card = { .name = name_of_card };")).toBeUndefined();
});
