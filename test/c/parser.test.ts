import { expect, test } from "vitest";
import { inputNames, marks, nodes, parse, problems, readInput } from "./inputs.js";

test.each(inputNames)("%s is seen as it marks", (name) => {
  const file = readInput(name);
  const seen = nodes(file);
  expect(
    marks(file).filter((mark) => !seen.some((node) => node === mark || node.startsWith(`${mark} `))),
  ).toEqual([]);
  expect(problems(file)).toEqual([]);
});

test("a definition in the old style of parameters does not hide the next function", () => {
  const file = parse("int f(a, b) int a; char *b; { return a; }\nint g(void) { return 1; }\n");
  expect(file.functions.has("g")).toBe(true);
});

test("what cannot be parsed is a problem with its place, never silence", () => {
  const file = parse("int f(void)\n{\n\ta = ;\n\tif (] b;\n}\nint g(void) { return 1; }\n");
  expect(problems(file).length).toBeGreaterThan(0);
  expect(nodes(file)).toContain("6: return 1");
});

test("an ops table's fields and functions are read, nested and indexed", () => {
  const file = parse(
    "static struct pci_driver d = { .probe = p, .driver = { .pm = &ops, }, .table[2] = { .x = y } };\n",
  );
  const initial = file.variables.get("d")!.initial!;
  expect(initial.kind === "initializer" && initial.items.map((i) => i.path)).toEqual([
    ["probe"],
    ["driver"],
    ["table"],
  ]);
});

test("comments, strings and continued lines hide nothing and show nothing", () => {
  const file = parse(
    'int f(void)\n{\n\tcall("/* } */", \'"\'); // {\n\tmore(/* ) */ 1 \\\n\t\t+ 2);\n\treturn 0;\n}\n',
  );
  expect(nodes(file)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^3: call\("", /), "4: more((1 + 2))", "6: return 0"]),
  );
});

// Drivers of Linux 7.3 have two or so, and they touch no vectors. The declarator's name is not looked for inside parentheses.
test.fails("a function that returns a pointer to a function is a function", () => {
  const file = parse("static int (*pick(int which))(struct foo *)\n{\n\treturn which ? one : two;\n}\n");
  expect(file.functions.has("pick")).toBe(true);
});
