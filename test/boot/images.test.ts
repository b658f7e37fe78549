import { mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgetOldest } from "../../src/boot/build.js";
import { temporaryFolder } from "../kernel/fixture.js";

const DAY = 24 * 3600_000;

test("of many kernels the twelve newest stay, and whatever was used within a day", () => {
  const folder = temporaryFolder();
  const days = [...Array.from({ length: 11 }, () => 0.5), 0.6, 0.7, 2, 3];
  for (const [n, age] of days.entries()) {
    const image = join(folder, `image${n}`);
    mkdirSync(image);
    const then = new Date(Date.now() - age * DAY);
    utimesSync(image, then, then);
  }
  forgetOldest(folder);
  expect(readdirSync(folder).length).toBe(13);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(["image11", "image12"]));
});
