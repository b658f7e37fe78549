import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { betweenCommas, treeAmong } from "../../src/cli/arguments.js";
import { temporaryFolder } from "../kernel/fixture.js";

test("commas part names, but not within the braces of a glob", () => {
  expect(betweenCommas("ahci,nvme")).toEqual(["ahci", "nvme"]);
  expect(betweenCommas("drivers/{ata,nvme}/**,xhci_hcd,")).toEqual(["drivers/{ata,nvme}/**", "xhci_hcd"]);
  expect(betweenCommas("{broken")).toEqual(["{broken"]);
});

test("a kernel tree or a bare repository is told from other words", () => {
  const [linux, bare, other] = ["linux", "linux.git", "ahci"].map((name) => join(temporaryFolder(), name));
  for (const folder of [linux!, bare!, other!]) mkdirSync(folder);
  writeFileSync(join(linux!, "MAINTAINERS"), "");
  writeFileSync(join(bare!, "HEAD"), "");
  expect(treeAmong(["nvme", other!])).toBeUndefined();
  expect(treeAmong(["nvme", linux!])).toBe(linux);
  expect(treeAmong([bare!])).toBe(bare);
});
