import { expect, test } from "vitest";
import type { Letter } from "../../src/archive/letter.js";
import { trackThread } from "../../src/archive/track.js";
import { seedLetters } from "./seed.js";

const series = trackThread(seedLetters())[0]!;
const points = series.patches.flatMap(({ number, points }) => points.map((point) => ({ number, ...point })));
const of = (name: string) => points.filter(({ from }) => from === name);

test("the series is what was posted: 37 patches, of which the archive has six and the cover letter", () => {
  expect(series).toMatchObject({ from: "Shawn Lin", version: 1, total: 37 });
  expect(series.patches.filter(({ messageId }) => messageId).map(({ number }) => number)).toEqual([
    0, 1, 3, 22, 25, 32, 37,
  ]);
});

test("two questions of Andy Shevchenko's, one answered by correction", () => {
  expect(of("Andy Shevchenko").map(({ kind, state }) => [kind, state])).toEqual([
    ["question", "answered"],
    ["question", "answered by correction"],
  ]);
  expect(of("Andy Shevchenko")[1]!.quote).toContain("Have you checked previous attempts?");
});

test("the request to stage the conversion, agreed", () => {
  expect(of("Jakub Kicinski")).toMatchObject([{ number: 1, kind: "request", state: "agreed" }]);
});

test("an open question of Jonathan Cameron's", () => {
  expect(of("Jonathan Cameron")).toMatchObject([{ number: 1, kind: "question", state: "open" }]);
});

test("the objection to the message of 25/37, seconded", () => {
  const objection = of("Jeff Hugo").find(({ quote }) => quote.includes("description"));
  expect(objection).toMatchObject({
    number: 25,
    kind: "objection",
    state: "open",
    seconded: ["Philipp Stanner"],
  });
});

test("Simon Richter's suggestion, declined, and who agreed with that does not second it", () => {
  expect(of("Simon Richter")).toMatchObject([
    { number: 0, kind: "suggestion", state: "declined", seconded: [] },
  ]);
});

function letter(fields: Partial<Letter> & Pick<Letter, "messageId">): Letter {
  return { references: [], date: 0, subject: "", from: "A", address: "a@x", text: "", to: [], ...fields };
}
const cover = letter({ messageId: "0", subject: "[PATCH 0/2] x" });
const patches = [1, 2].map((n) =>
  letter({ messageId: `${n}`, subject: `[PATCH ${n}/2] y${n}`, references: ["0"], date: n }),
);
const reply = (to: string, text: string, from = "R", date = 10) =>
  letter({
    messageId: `${to}-${from}-${date}`,
    subject: "Re: x",
    references: ["0", to],
    from,
    address: `${from}@x`,
    text,
    date,
  });

test("trailers of the cover letter are given to every patch, others to one", () => {
  const [tracked] = trackThread([
    cover,
    ...patches,
    reply("0", "Acked-by: R <r@x>"),
    reply("2", "> q\nReviewed-by: S <s@x>\n> Tested-by: Q <q@x>", "S"),
  ]);
  expect(
    tracked!.patches.map(({ number, trailers }) => [
      number,
      ...trailers.map(({ trailer, scope }) => `${trailer.key} ${scope}`),
    ]),
  ).toEqual([
    [0, "Acked-by series"],
    [1, "Acked-by series"],
    [2, "Acked-by series", "Reviewed-by patch"],
  ]);
});

test("a NAK, an applied notice, its retraction and a robot's report are told apart", () => {
  const [tracked] = trackThread([
    cover,
    ...patches,
    reply("1", "NAK, this is wrong."),
    reply("2", "Applied to pci/msi, thanks!", "M"),
    reply("2", "I dropped this again, it breaks the build.", "M", 20),
    reply("2", "If this gets applied, please tell me.", "T", 30),
    { ...reply("1", "drivers/x.c:1: error: no y", "lkp"), address: "lkp@intel.com" },
  ]);
  const [, first, second] = tracked!.patches;
  expect(first!.trailers.map(({ kind }) => kind)).toEqual(["nak"]);
  expect(first!.robots.map(({ robot, quote }) => [robot, quote])).toEqual([
    ["kernel test robot", "drivers/x.c:1: error: no y"],
  ]);
  expect(second!.notices.map(({ kind, from }) => [kind, from])).toEqual([
    ["applied", "M"],
    ["retracted", "M"],
  ]);
});
