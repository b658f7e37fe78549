import { expect, test } from "vitest";
import {
  type Addressees,
  DEFAULT_CAPS,
  type PatchRecipients,
  type PolicyOptions,
  planRecipients,
} from "../../src/gate/recipients.js";
import { buildsOn } from "../../src/gate/recipients-api.js";
import type { Recipient, Role } from "../../src/gate/route.js";
import { parsePatch } from "../../src/gate/route-patch.js";

const recipient = (role: Role, address: string, name = ""): Recipient => ({
  role,
  address,
  name,
  section: "",
  reasons: [],
});
const patch = (name: string, others: PatchRecipients["others"] = []): PatchRecipients => ({
  routed: [
    recipient("maintainer", `${name}@x.y`, name),
    recipient("reviewer", `r${name}@x.y`),
    recipient("open list", `l${name}@x.y`),
  ],
  others,
});
const options: PolicyOptions = {
  policy: "bookends",
  cover: true,
  cc: [],
  self: [],
  mailmap: (person) => person,
  caps: DEFAULT_CAPS,
};
const text = ({ to, cc }: Addressees) =>
  [to, cc].map((people) => people.map(({ address }) => address.split("@")[0]).join(" "));
const abc = [patch("a"), patch("b"), patch("c")];
const everybody = ["a b c", "ra la rb lb rc lc"];

test("bookends: cover, first and last to all, each other to its own", () => {
  expect(planRecipients(abc, options).map(text)).toEqual([
    everybody,
    everybody,
    ["b", "rb lb"],
    ["c a b", "rc lc ra la rb lb"],
  ]);
});

test("everyone: all messages to all", () => {
  const plan = planRecipients(abc, { ...options, policy: "everyone" });
  expect(plan.map(({ to, cc }) => to.length + cc.length)).toEqual([9, 9, 9, 9]);
});

test("per-patch: the cover to all, each patch to its own", () => {
  expect(planRecipients(abc, { ...options, policy: "per-patch" }).map(text)).toEqual([
    everybody,
    ["a", "ra la"],
    ["b", "rb lb"],
    ["c", "rc lc"],
  ]);
});

test("--cc gets every message, trailers get theirs, the sender none", () => {
  const plan = planRecipients([patch("a", [{ name: "", address: "t@x.y" }]), patch("b"), patch("c")], {
    ...options,
    cc: [{ name: "", address: "x@x.y" }],
    self: ["RB@x.y"],
  });
  expect(plan.map(text)[2]).toEqual(["b", "lb x"]);
  expect(text(plan[0]!)[1]!.split(" ")).toEqual(expect.arrayContaining(["x", "t"]));
  expect(text(plan[0]!)[1]).not.toContain("rb");
});

test("one person under two names or addresses, or known to .mailmap, is mailed once", () => {
  const routed = [
    recipient("reviewer", "jo@x.y", "Jo Doe"),
    recipient("maintainer", "jo@work.y", "Jo Doe"),
    recipient("open list", "JO@x.y"),
    recipient("reviewer", "old@x.y", "J."),
  ];
  const mailmap = (person: { name: string; address: string }) =>
    person.address === "old@x.y" ? { name: "Jo Doe", address: "jo@x.y" } : person;
  const [only] = planRecipients([{ routed, others: [] }], { ...options, cover: false, mailmap });
  expect(only).toMatchObject({ to: [{ name: "Jo Doe", address: "jo@x.y" }], cc: [] });
});

test("without a maintainer the lists are addressed in To", () => {
  const [only] = planRecipients([{ routed: [recipient("open list", "l@x.y")], others: [] }], {
    ...options,
    cover: false,
  });
  expect(text(only!)).toEqual(["l", ""]);
});

test("a cap keeps lists, then maintainers, and names who is left out; nobody loses his own patch", () => {
  const [cover, first] = planRecipients(abc, { ...options, caps: { recipients: 5, header: 10_000 } });
  expect(text(cover!)).toEqual(["a b", "la lb lc"]);
  expect(cover!.leftOut.map(({ address }) => address)).toEqual(["ra@x.y", "rb@x.y", "c@x.y", "rc@x.y"]);
  expect(text(first!)).toEqual(["a", "ra la lb lc"]);
  const [, own] = planRecipients(abc, { ...options, caps: { recipients: 1, header: 10_000 } });
  expect(text(own!)).toEqual(["a", "ra la"]);
});

test("the header's cap counts bytes", () => {
  const [cover] = planRecipients(abc, { ...options, caps: { recipients: 100, header: 40 } });
  expect(cover!.leftOut.length).toBeGreaterThan(0);
});

const change = (file: string, lines: string) => {
  const count = lines.split("\n").length;
  return parsePatch(`--- a/${file}\n+++ b/${file}\n@@ -1,${count} +1,${count} @@\n${lines}`, "p");
};

test("a patch builds on the one that introduces the function it calls", () => {
  const facts = [
    change("core.c", "+int pcim_new(int x)\n+{\n+\treturn old(x);\n"),
    change("macro.h", "+#define new_macro(x) (x)\n"),
    change("a.c", "+\tret = pcim_new(1);\n"),
    change("b.c", "-\tpcim_new(1);\n"),
    change("c.c", "+\told(1);\n"),
    change("d.c", "+static void *pointer_returning(void)\n+\tnew_macro(2)\n"),
  ];
  expect(buildsOn(facts)).toEqual([[], [], ["core.c"], [], [], ["macro.h"]]);
});

test("a function that is only moved is not new", () => {
  const facts = [change("a.c", "-int moved(void)\n+int moved(void)\n"), change("b.c", "+\tmoved();\n")];
  expect(buildsOn(facts)).toEqual([[], []]);
});

test("a patch builds on the files that introduce a function, not on what its patch touches besides", () => {
  const both =
    "--- a/x.rst\n+++ b/x.rst\n@@ -1 +1,2 @@\n a\n+  pcim_new(): new\n--- a/x.h\n+++ b/x.h\n@@ -1 +1,2 @@\n a\n+int pcim_new(void);\n";
  expect(buildsOn([parsePatch(both, "p"), change("a.c", "+\tpcim_new();\n")])).toEqual([[], ["x.h"]]);
});
