/** Which hazards came and which went: by name, by number, by place. */
import { expect, test } from "vitest";
import { hazardChanges, type NamedHazard } from "../../src/audit/hazard-change.js";
import { LineMap } from "../../src/base/line-map.js";
import type { HazardKind } from "../../src/ownership/observer.js";

const hazard = (line: number, what: string, kind: HazardKind = "leaks-today", within = "probe") =>
  ({ kind, file: "a.c", line, witness: [], owner: "a", function: within, what }) satisfies NamedHazard;

function changes(before: readonly NamedHazard[], after: readonly NamedHazard[], map = new LineMap("", "")) {
  const { came, went } = hazardChanges(before, after, () => map);
  const text = ({ line, what }: NamedHazard) => `${line} ${what}`;
  return { came: came.map(text), went: went.map(text) };
}

test("of two calls of one name, the one nearest to the one that was there is it", () => {
  const map = new LineMap("a\nb\nc\n", "x\ny\na\nb\nc\n");
  const before = [hazard(2, "probe fails at f")];
  const after = [hazard(1, "probe fails at f"), hazard(4, "probe fails at f")];
  expect(changes(before, after, map)).toEqual({ came: ["1 probe fails at f"], went: [] });
  expect(changes(after, before)).toEqual({ came: [], went: ["4 probe fails at f"] });
});

test("what has the same name stays, however far it moved", () => {
  expect(changes([hazard(2, "remove")], [hazard(900, "remove")])).toEqual({ came: [], went: [] });
});

test("another name at the same place is the same, at another place it is not", () => {
  expect(changes([hazard(2, "f")], [hazard(2, "g")])).toEqual({ came: [], went: [] });
  expect(changes([hazard(2, "f")], [hazard(9, "g")])).toEqual({ came: ["9 g"], went: ["2 f"] });
});

test("a hazard of another kind is another, but for the two names of one fault", () => {
  const twice = hazard(2, "pci_free_irq_vectors", "freed-twice");
  expect(changes([twice], [{ ...twice, kind: "double-owner" }])).toEqual({ came: [], went: [] });
  expect(changes([twice], [{ ...twice, kind: "freed-under-handler" }]).came).toHaveLength(1);
});
