import { describe, expect, test } from "vitest";
import {
  copyFilters,
  emptyFilters,
  type Filters,
  fillFilter,
  hashName,
  mayContain,
  roomForText,
} from "../../src/kernel/identifiers.js";

/** What is left out, and names, with a brace behind them: as c/lexer.ts reads them, one byte after the other. */
const pieces =
  /\/\*.*?(?:\*\/|$)|\/\/(?:[^\n]|(?<=\\)\n)*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\d\w*|([A-Za-z_]\w*)(?=([\t-\r ]*\{)?)/gs;

function namesIn(text: string): string[] {
  return [...text.matchAll(pieces)].flatMap(([, name, brace]) =>
    name === undefined ? [] : brace === undefined ? [name] : [name, `${name}{`],
  );
}

function filterOf(bytes: Uint8Array): Filters {
  const filters = emptyFilters([bytes.length]);
  fillFilter(filters, 0, bytes);
  return filters;
}

/** A filter made from names one by one. */
function filterOfNames(names: readonly string[], size: number): Filters {
  const filters = emptyFilters([size]);
  const { words } = filters;
  for (const name of names) {
    const { slice, pair, first, second } = name.endsWith("{")
      ? hashName(name.slice(0, -1), true)
      : hashName(name);
    const at = (slice * words.length) / 32 + (pair & (words.length / 32 - 1));
    words[at]! |= first;
    words[at + 1]! |= second;
  }
  return filters;
}

function expectNamesOf(text: string): void {
  const bytes = Buffer.from(text, "latin1");
  expect(filterOf(bytes), JSON.stringify(text)).toEqual(filterOfNames(namesIn(text), bytes.length));
}

describe("names of a text", () => {
  test.each([
    ["", []],
    ["int x;", ["int", "x"]],
    ["a/b//c\nd", ["a", "b", "d"]],
    ["a // b \\\n c\nd", ["a", "d"]],
    ["a /* b * / c */ d /*/ e */ f /**/ g", ["a", "d", "f", "g"]],
    ["a /* never closed b", ["a"]],
    ['a "b \\" c" d', ["a", "d"]],
    ['a "b\nc" d\ne', ["a", "c", "e"]],
    ["'\\'' a 'b", ["a"]],
    ['"\\\\" a "\\\nb" c', ["a", "c"]],
    ["0x1f 12ul 3e_4 _5 a6", ["_5", "a6"]],
    ["a\xe9b\x80c", ["a", "b", "c"]],
    ["@`[{^A]Z}z~", ["A", "Z", "z"]],
    ['"ends in a backslash \\', []],
    ["/", []],
    ["struct a {b}\nc\n{d", ["struct", "a", "a{", "b", "c", "c{", "d"]],
    ["a{b\t \v\r\n  { c /* */ { d (e) {", ["a", "a{", "b", "b{", "c", "d", "e"]],
    ["a ", ["a"]],
  ])("%j", (text, names) => {
    expect(namesIn(text)).toEqual(names);
    expectNamesOf(text);
  });

  test("of any length, at any distance from where a look begins", () => {
    for (let length = 1; length < 200; length++)
      for (const before of [0, 1, 15, 47, 48, 63, 64, 65])
        expectNamesOf(`${" ".repeat(before)}${"abcdefg_hi".repeat(20).slice(0, length)}+b`);
  });

  test("numbers of any length are none", () => {
    for (let length = 1; length < 140; length++) expectNamesOf(`a ${"7".repeat(length)} b`);
  });

  test("in whatever order things come", () => {
    const things = [
      ..."abc_9 \n\n;=/*\"'\\{",
      ...["//", "/*", "*/", "\\\n", '\\"', "pci_alloc_irq_vectors", "x".repeat(70), "0x10", " ".repeat(30)],
    ];
    let seed = 1;
    const next = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed >>> 8;
    };
    for (let i = 0; i < 5000; i++) {
      const count = next() % 60;
      expectNamesOf(Array.from({ length: count }, () => things[next() % things.length]).join(""));
    }
  });
});

test("a text larger than the room for one is read as well, and smaller ones after it", () => {
  const names = Array.from({ length: 200_000 }, (_, i) => `name_${i}`);
  expectNamesOf(names.join(" "));
  expectNamesOf("int after;");
});

test("a text in the room for one is read where it is", () => {
  const room = roomForText();
  const length = room.write("int here; /* there */");
  expect(filterOf(room.subarray(0, length))).toEqual(filterOfNames(["int", "here"], length));
});

test("what is left of a longer text does not count", () => {
  const room = roomForText();
  room.write(`${"z".repeat(40)} stale stale_too */ " stale`);
  expect(filterOf(room.subarray(0, 0))).toEqual(emptyFilters([0]));
  const length = room.write("a /* b");
  expect(filterOf(room.subarray(0, length))).toEqual(filterOfNames(["a"], length));
});

test("a filter says yes to its names, and to few others", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `some_name_${i}`);
  const bytes = Buffer.from(names.map((name) => `${name} = 0x${"0".repeat(34)};`).join("\n"));
  const filters = filterOf(bytes);
  const has = (name: string) => mayContain(filters, hashName(name), 0, 1).length === 1;
  expect(names.every(has)).toBe(true);
  const wrong = Array.from({ length: 10_000 }, (_, i) => `another_${i}`).filter(has).length;
  expect(wrong).toBeLessThan(50);
});

test("texts beside each other have names of their own, and keep them when they are copied", () => {
  const texts = ["int a;", `int b; /* ${"long ".repeat(1000)}*/`, "", "int c;"].map((text) =>
    Buffer.from(text),
  );
  const sizes = texts.map(({ length }) => length);
  const filters = emptyFilters(sizes);
  texts.forEach((text, i) => {
    fillFilter(filters, i, text);
  });
  const copied = emptyFilters([10_000, ...sizes.slice(1)]);
  copyFilters(filters, 1, 4, copied, 1);
  for (const [name, expected] of [
    ["int", [0, 1, 3]],
    ["a", [0]],
    ["b", [1]],
    ["c", [3]],
    ["long", []],
  ] as const) {
    const having = (some: Filters) => mayContain(some, hashName(name), 0, 4);
    expect(having(filters), name).toEqual(expected);
    expect(having(copied), name).toEqual(expected.filter((i) => i !== 0));
  }
});
