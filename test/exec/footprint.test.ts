/** What is set aside for a call, or forgotten, must never change what a path comes to. */
import { expect, test } from "vitest";
import { SourceFile } from "../../src/c/source.js";
import { Executor } from "../../src/exec/executor.js";
import { State } from "../../src/exec/state.js";
import { Store } from "../../src/exec/store.js";
import { one, Sign, signed, unknown, zero } from "../../src/exec/value.js";
import { model, nothing, program } from "./toy.js";

/** The constants that a function of a text can return. */
function results(text: string, name: string): (number | undefined)[] {
  const file = new SourceFile("toy.c", text);
  const executor = new Executor(program(file), model);
  const state = new State(Store.of(), Store.of(), nothing, undefined, undefined);
  return executor
    .run(file.functions.get(name)![0]!, [], state, undefined)
    .map(({ value }) => value.constant)
    .sort();
}

const struct = "struct foo { int a; int b; void (*act)(struct foo *); };\n";

test("what a call does not touch is known after it", () => {
  const text = `${struct}
static void other(struct foo *p) { p->b = 2; }
int start(struct foo *p) { p->a = 7; other(p); return p->a; }`;
  expect(results(text, "start")).toEqual([7]);
});

test("what a call sets is known after it, though it was called on other states before", () => {
  const text = `${struct}
static void set(struct foo *p) { p->b = 2; }
int start(struct foo *p) { p->a = 1; set(p); p->a = 3; p->b = 4; set(p); return p->a + p->b; }`;
  expect(results(text, "start")).toEqual([5]);
});

test("a call through a pointer that nobody could foresee is followed with all that it looks at", () => {
  const text = `${struct}
static void act(struct foo *p) { p->b = p->a; }
static void indirect(struct foo *p) { p->act(p); }
int start(struct foo *p) { p->act = act; p->a = 7; p->b = 0; indirect(p); return p->b; }`;
  expect(results(text, "start")).toEqual([7]);
});

test("what is looked at on one way only is kept up to there", () => {
  const text = `${struct}
int start(struct foo *p, int x) { p->a = 0; if (x) p->a = 1; p->b = 3; if (p->b == 3) return p->a; return 9; }`;
  expect(results(text, "start")).toEqual([0, 1]);
});

test("a store covers another that knows the same and more", () => {
  const absent = () => unknown;
  const general = Store.of([["foo.a", signed(Sign.zero | Sign.positive)]]);
  expect(
    general.covers(
      Store.of([
        ["foo.a", one],
        ["foo.b", zero],
      ]),
      absent,
    ),
  ).toBe(true);
  expect(Store.of([["foo.a", one]]).covers(general, absent)).toBe(false);
});

test("a name that a store lacks means what it means when nothing was put there", () => {
  const known = Store.of([["foo.a", one]]);
  expect(Store.of().covers(known, () => zero)).toBe(false);
  expect(Store.of([["foo.a", unknown]]).covers(Store.of(), () => zero)).toBe(true);
});
