/** Expressions of MAINTAINERS end, whatever they are, and match what JavaScript's own engine says they match. */
import { parse } from "oniguruma-parser/parser";
import { toRegExp } from "oniguruma-to-es";
import { expect, test } from "vitest";
import { parseMaintainers } from "../../src/kernel/maintainers.js";
import { MaintainersIndex } from "../../src/kernel/maintainers-index.js";
import { pathPattern, perlPattern } from "../../src/kernel/maintainers-pattern.js";
import { costOf } from "../../src/kernel/pattern-cost.js";
import { Machine } from "../../src/kernel/pattern-machine.js";
import { programOf } from "../../src/kernel/pattern-program.js";

const long = "a".repeat(100_000);

test.each([
  ["(a+)+$", true],
  ["(a+)+b", false],
  ["(a|a)*b", false],
  ["(a|aa)+$", true],
  ["^(a?){40}a{40}b", false],
  ["a*a*a*a*a*b", false],
  ["(.*a){20}b", false],
  ["(?i:A|a)+\\b!", false],
  ["[a-z]+\\d|x", false],
])("K: %s on a line of 100,000 letters ends", (source, expected) => {
  const pattern = perlPattern(source);
  expect(pattern.test(`${long}_`.slice(0, source.endsWith("$") ? -1 : undefined))).toBe(expected);
  expect(pattern.inDiff.test(`+${long}`)).toBe(expected && !source.startsWith("^"));
  expect(pattern.inDiff.test(` ${long}`)).toBe(false);
});

test("F with many wildcards on a path of 100,000 letters ends", () => {
  const noFolder = () => false;
  expect(pathPattern("**a**a**a**a**a**b", noFolder).matches(long)).toBe(false);
  expect(pathPattern("a/*a*a*a*a*a*b", noFolder).matches(`a/${long}`)).toBe(false);
  expect(pathPattern("a/*a*a*a*a*a*b", noFolder).matches(`a/${long}b`)).toBe(true);
});

test.each(["(a+)+\\1", "(?>a+)+b", "(a++)+b", "(?=a+)*b", "(a{1000}){1000}"])(
  "K: %s could take for ever, and is said to match nothing",
  (source) => {
    const maintainers = parseMaintainers(`A\nM:\tA <a@x.y>\nK:\t${source}\n`);
    const index = new MaintainersIndex(maintainers, () => false);
    expect(index.problems).toMatchObject([{ line: 3 }]);
    expect(index.problems[0]!.what).toContain("it matches nothing");
    expect(index.matchContent(["aaa"], ["+aaa"])).toEqual([]);
  },
);

test("what looks around or back is matched where it cannot repeat without an end", () => {
  expect(perlPattern("foo(?!bar)").test("foobaz")).toBe(true);
  expect(perlPattern("foo(?!bar)").test("foobar")).toBe(false);
});

test.each([
  ["abc", { ways: 1, degree: 0, size: 3 }],
  ["(a|b)?c{2,4}", { ways: 9, degree: 0, size: 6 }],
  ["a+b*", { ways: 1, degree: 2, size: 2 }],
  ["a+|b", { ways: 2, degree: 1, size: 2 }],
  ["(a+){3}", { ways: 1, degree: 3, size: 3 }],
  ["(a|b)+", { ways: Number.POSITIVE_INFINITY }],
  ["(a+)+", { ways: Number.POSITIVE_INFINITY }],
])("the cost of %s", (source, cost) => {
  expect(costOf(parse(source, {}))).toMatchObject(cost);
});

test("the machine says what JavaScript's engine says, for random expressions and texts", () => {
  const random = numbers(1);
  let matches = 0;
  for (let n = 0; n < 400; n++) {
    const source = alternatives(random, 2);
    const native = toRegExp(source, { target: "ES2024" });
    const machine = new Machine(programOf(parse(source, {})));
    for (let m = 0; m < 6; m++) {
      const text = Array.from({ length: random(7) }, () => "ab_ éÉBA"[random(8)]).join("");
      const expected = native.test(text);
      if (expected) matches++;
      expect(machine.test(text), `${source} on "${text}"`).toBe(expected);
    }
  }
  expect(matches).toBeGreaterThan(500);
  expect(matches).toBeLessThan(2000);
});

/** Whole numbers below a limit, the same in each run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

type Random = ReturnType<typeof numbers>;

const FIXED = ["a", "b", "_", ".", "[^a]", "\\w", "é", "^", "$", "\\b", "\\B", "(?i)"];
const REPEATED = ["", "", "", "*", "+", "?", "{1,3}", "{2}", "*?"];

function alternatives(random: Random, depth: number): string {
  return Array.from({ length: 1 + random(2) }, () => sequence(random, depth)).join("|");
}

function sequence(random: Random, depth: number): string {
  return Array.from({ length: 1 + random(3) }, () => {
    const group = depth > 0 && random(3) === 0;
    const at = random(FIXED.length);
    const part = group ? `(${random(4) ? "" : "?i:"}${alternatives(random, depth - 1)})` : FIXED[at]!;
    return group || at < 7 ? `${part}${REPEATED[random(REPEATED.length)]}` : part;
  }).join("");
}
