/** Input that was not written to be read: whatever it is, an answer comes, and the stack and the memory hold. */
import { expect, test } from "vitest";
import { buildFlow } from "../../src/c/flow.js";
import type { SourceFile } from "../../src/c/source.js";
import { dump } from "../../src/report/dump.js";
import { nodes, parse, problems } from "./inputs.js";

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function* noise(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x;
  }
}

function flows(file: SourceFile) {
  return [...file.functions.values()].flat().map((f) => buildFlow(file.body(f).body));
}

test("random bytes", () => {
  const random = noise(1);
  const text = Array.from({ length: 300_000 }, () => String.fromCharCode(random.next().value >>> 24)).join(
    "",
  );
  const file = parse(text);
  flows(file);
  expect(file.lines.line(text.length)).toBeGreaterThan(1);
});

test("random tokens of C", () => {
  const words =
    "{ } ( ) [ ] ; , if else for while do switch case goto return x y = * & -> . #if\n #else\n #endif\n \n".split(
      " ",
    );
  const random = noise(2);
  for (let round = 0; round < 300; round++) {
    const body = Array.from({ length: 200 }, () => words[random.next().value % words.length]).join(" ");
    const file = parse(`int f(void)\n{\n${body}\n}\n}\nint last(void) { return 1; }\n`);
    flows(file);
    problems(file);
  }
});

test("every beginning of a file, as a crash would leave it", () => {
  const text = `static int f(struct foo *foo)\n{\n\tif (foo->a && g("x")) {\n#ifdef A\n\t\tfor (;;)\n\t\t\th(foo);\n#endif\n\t}\n\treturn 0;\n}\n`;
  for (let end = 0; end <= text.length; end++) flows(parse(text.slice(0, end)));
});

test("5,000 nested branches are parsed or reported, and the next function is read all the same", () => {
  const depth = 5000;
  const file = parse(
    `int deep(int x)\n{\n${"if (x) {\n".repeat(depth)}f();\n${"}\n".repeat(depth)}}\nint next(void) { return 1; }\n`,
  );
  const [deep] = file.functions.get("deep")!;
  const { problems: found, body } = file.body(deep!);
  const parsed = found.length === 0 && buildFlow(body).nodes.length > depth;
  expect(parsed || found[0]!.message.includes("nested too deeply")).toBe(true);
  expect(file.functions.has("next")).toBe(true);
  expect(dump(file, "tree", [deep!])).not.toBe("");
});

test("5,000 branches one after the other, and as many labels and gotos", () => {
  const count = 5000;
  const body = Array.from(
    { length: count },
    (_, i) => `if (x == ${i}) goto l${count - i - 1};\nl${i}: f(${i});\n`,
  );
  const file = parse(`int f(int x)\n{\n${body.join("")}return 0;\n}\n`);
  expect(problems(file)).toEqual([]);
  const [graph] = flows(file);
  expect(graph!.missingLabels).toEqual([]);
  expect(graph!.nodes.filter((n) => n.kind === "branch")).toHaveLength(count);
});

test("5,000 nested parentheses and 5,000 terms", () => {
  for (const expression of [`${"(".repeat(5000)}x${")".repeat(5000)}`, Array(5000).fill("x").join(" + ")]) {
    const file = parse(`int f(int x) { return ${expression}; }\nint g(void) { return 1; }\n`);
    flows(file);
    expect(file.functions.has("g")).toBe(true);
  }
});

test("5,000 conditionals that are never closed", () => {
  const file = parse(`int f(void)\n{\n${"#if A\nif (x)\n#else\n".repeat(5000)}y();\n}\n`);
  flows(file);
});

test("50 MB of one file", () => {
  const one = "static int f(struct foo *foo)\n{\n\tif (foo->a)\n\t\treturn g(foo, 1);\n\treturn 0;\n}\n\n";
  const file = parse(one.repeat(Math.ceil(50e6 / one.length)));
  expect(file.functions.get("f")!.length).toBeGreaterThan(500_000);
  expect(nodes(parse(one))).toContain("4: return g(foo, 1)");
});
