/** What `treewide boot` refuses before it works for minutes. */
import { expect, test } from "vitest";
import { treewide } from "./treewide.js";

test.each([
  [["--for", "5"], "--for without --driver"],
  [["--driver", "ahci", "--for", "0"], "a whole number from 1 to 9999 is needed"],
  [["--claims", "--driver", "ahci"], "--claims and --driver are different reports"],
])("%j is wrong usage", async (args, why) => {
  const { status, stderr } = await treewide(["boot", ...args]);
  expect(stderr).toContain(why);
  expect(status).toBe(2);
});
