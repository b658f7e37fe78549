import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DriverRecord, DriverRecords } from "../../src/boot/driver-records.js";
import { driverAct as act } from "./acts.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "treewide-records-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tried: DriverRecord = {
  kind: "tried",
  name: "x",
  device: { address: "0000:00:04.0", own: true },
  calls: ["request_irq"],
  acts: [
    {
      act: act({
        lines: [
          { kind: "message", text: "WARNING" },
          { kind: "returned", function: "request_irq", from: "x_probe+0x1/0x2", value: 0 },
        ],
      }),
      failedAt: [{ file: "drivers/x.c", line: 4 }],
    },
  ],
  deaths: [],
  complete: true,
};

test("a record is found again, without the kernel's messages", () => {
  new DriverRecords(folder, "state").keep("drivers/x.c:x", tried);
  const found = new DriverRecords(folder, "state").find("drivers/x.c:x", ["request_irq"]);
  expect(found).toEqual({
    ...tried,
    acts: [{ ...tried.acts[0], act: { ...tried.acts[0]!.act, lines: [tried.acts[0]!.act.lines[1]] } }],
  });
});

test("a record of another state of the tree, or without a call that is asked for, is none", () => {
  const records = new DriverRecords(folder, "state");
  records.keep("drivers/x.c:x", tried);
  expect(new DriverRecords(folder, "another").find("drivers/x.c:x", [])).toBeUndefined();
  expect(records.find("drivers/x.c:x", ["request_irq", "dma_set_mask"])).toBeUndefined();
  expect(records.find("drivers/y.c:y", [])).toBeUndefined();
});

test("a driver that took no vectors has a record whatever calls are asked for", () => {
  const records = new DriverRecords(folder, "state");
  const early: DriverRecord = { ...tried, acts: [{ act: act({ bind: 19, events: [] }), failedAt: [] }] };
  records.keep("drivers/x.c:x", early);
  expect(records.find("drivers/x.c:x", ["dma_set_mask"])).toEqual(early);
});

test("a record that was cut off is none", () => {
  const records = new DriverRecords(folder, "state");
  records.keep("drivers/x.c:x", { kind: "untried", why: "it does not compile" });
  expect(records.find("drivers/x.c:x", ["any"])).toEqual({ kind: "untried", why: "it does not compile" });
  writeFileSync(join(folder, readdirSync(folder)[0]!), "half");
  expect(records.find("drivers/x.c:x", [])).toBeUndefined();
});

test("that a driver could not be tried is void once more drivers can be", () => {
  const records = new DriverRecords(folder, "state");
  records.keep("drivers/x.c:x", { kind: "untried", why: "it cannot be configured" });
  expect(records.find("drivers/x.c:x", [])).toEqual({ kind: "untried", why: "it cannot be configured" });
  const [file] = readdirSync(folder);
  writeFileSync(
    join(folder, file!),
    gzipSync(JSON.stringify({ kind: "untried", why: "as it was", canTry: 0 })),
  );
  expect(records.find("drivers/x.c:x", [])).toBeUndefined();
});

test("a record of a guest that said nothing is none", () => {
  const records = new DriverRecords(folder, "state");
  records.keep("drivers/x.c:x", { ...tried, acts: [] });
  expect(records.find("drivers/x.c:x", [])).toBeUndefined();
});
