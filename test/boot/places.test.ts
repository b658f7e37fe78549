import { expect, test } from "vitest";
import { inTree } from "../../src/boot/places.js";

test("a file is named from the tree's root, whichever cache its kernel was built in", () => {
  const built = "/home/other/.cache/treewide/boot/bc73a48c8b82106a/source/drivers/ata/ahci.c";
  expect(inTree(built)).toBe("drivers/ata/ahci.c");
  expect(inTree("drivers/ata/ahci.c")).toBe("drivers/ata/ahci.c");
});
