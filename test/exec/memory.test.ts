/** What is remembered of a call must be what it would come to again, and save following it. */
import { expect, test } from "vitest";
import { SourceFile } from "../../src/c/source.js";
import { Executor } from "../../src/exec/executor.js";
import { State } from "../../src/exec/state.js";
import { Store } from "../../src/exec/store.js";
import { model, nothing, program } from "./toy.js";

const struct = "struct foo { int a; int b; int c; };\n";

/** The constants that start() can return, and how many steps it took to find them. */
function run(text: string): { results: (number | undefined)[]; steps: number } {
  const file = new SourceFile("toy.c", struct + text);
  const executor = new Executor(program(file), model);
  const state = new State(Store.of(), Store.of(), nothing, undefined, undefined);
  const outcomes = executor.run(file.functions.get("start")![0]!, [], state, undefined);
  return { results: outcomes.map(({ value }) => value.constant).sort(), steps: executor.steps };
}

test("a field that a call looked at makes it another call", () => {
  const { results } = run(
    `static int helper(struct foo *p) { if (p->a) return p->b; return 4; }
     int start(struct foo *p) { int r; p->a = 1; p->b = 1; r = helper(p); p->b = 2; return r + helper(p); }`,
  );
  expect(results).toEqual([3]);
});

test("what a call did is done again when it is remembered, and the rest stays", () => {
  const { results } = run(
    `static void helper(struct foo *p) { p->c = p->a; }
     int start(struct foo *p) { p->a = 5; p->b = 1; helper(p); p->c = 0; p->b = 2; helper(p); return p->b + p->c; }`,
  );
  expect(results).toEqual([7]);
});

test("a recursion is cut where the function runs already, and nowhere else", () => {
  const { results } = run(
    `static int even(struct foo *p);
     static int odd(struct foo *p) { p->c = 1; even(p); return p->c; }
     static int even(struct foo *p) { p->c = 2; odd(p); return p->c; }
     int start(struct foo *p) { int first = even(p); return first + 10 * odd(p); }`,
  );
  // even → odd (cut) leaves odd's 1; odd → even (cut) leaves even's 2.
  expect(results).toEqual([21]);
});

test("functions that call each other are not followed once for every way to them", () => {
  const names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
  const declarations = names.map((name) => `static int ${name}(struct foo *p);`).join("\n");
  const functions = names.map(
    (name) =>
      `static int ${name}(struct foo *p) { ${names.map((other) => `if (ask()) ${other}(p);`).join(" ")} return 0; }`,
  );
  const text = `${declarations}\n${functions.join("\n")}\nint start(struct foo *p) { return one(p); }`;
  const { steps } = run(text);
  // Every order of the eight is a way to the last one.
  expect(steps).toBeLessThan(10_000);
});
