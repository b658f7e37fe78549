import { expect, test } from "vitest";
import { driverName } from "../../src/boot/harness.js";
import { corePredictor } from "../../src/boot/predict.js";
import { openTree } from "../../src/kernel/tree.js";
import { toyFolder } from "../report/toy.js";

const tree = openTree({ kind: "folder", path: toyFolder });
const predictor = corePredictor((path) => tree.read(path)?.toString("latin1"));

test("a flag that the core sets is cleared by the core's release action", () => {
  const predictions = predictor.bind(driverName("managed_msi_none_never_remove_1"), predictor.fresh());
  if (typeof predictions === "string") throw new Error(predictions);
  const acts = predictions.map(({ act }) => act).filter(({ dies }) => !dies);
  const wasSet = acts.filter(({ steps }) => steps.some(({ flags }) => flags.managed && flags.release));
  expect(wasSet).not.toEqual([]);
  for (const { after } of wasSet) expect(after).toMatchObject({ managed: false, release: false });
});
