import { expect, test } from "vitest";
import { parseKconfigExpression } from "../../src/kernel/kconfig-expression.js";
import { parseKconfig, type TreeReader } from "../../src/kernel/kconfig-parse.js";
import { solveKconfig } from "../../src/kernel/kconfig-solve.js";

const reader =
  (files: Record<string, string>): TreeReader =>
  (path) =>
    files[path];

function solve(kconfig: string, wanted: string, known: Record<string, "y" | "n"> = {}) {
  const symbols = parseKconfig(reader({ Kconfig: kconfig }), "x86");
  const solution = solveKconfig(symbols, [wanted], new Map(Object.entries(known)));
  return solution.solved ? Object.fromEntries(solution.set) : solution.why;
}

test("&& binds tighter than ||, and ! tightest", () => {
  expect(parseKconfigExpression("A || !B && C = m")).toEqual({
    kind: "or",
    left: { kind: "symbol", name: "A" },
    right: {
      kind: "and",
      left: { kind: "not", of: { kind: "symbol", name: "B" } },
      right: {
        kind: "compare",
        operator: "=",
        left: { kind: "symbol", name: "C" },
        right: { kind: "constant", value: "m" },
      },
    },
  });
});

test("what is no expression is refused", () => {
  expect(parseKconfigExpression("A &&")).toBeUndefined();
  expect(parseKconfigExpression("(A")).toBeUndefined();
});

test("a macro with nested parentheses is one constant", () => {
  expect(parseKconfigExpression('$(success,test "$(CC)" = x) && A')).toMatchObject({
    kind: "and",
    left: { kind: "constant", value: '$(success,test "$(CC)" = x)' },
  });
});

test("a driver brings what its menus, ifs and depends need", () => {
  const kconfig = `
menuconfig NET
	bool "Networking"
if NET
config VENDOR
	bool "Vendor"
	default y
	help
	  if this text were read, it would open a block

if VENDOR
config CARD
	tristate "Card"
	depends on BUS && \\
		!SLOW
endif
endif
config BUS
	bool "Bus"
config SLOW
	bool "Slow"
`;
  expect(solve(kconfig, "CARD")).toEqual({ NET: "y", VENDOR: "y", BUS: "y", SLOW: "n", CARD: "y" });
});

test("a symbol without a prompt is had through one that selects it", () => {
  const kconfig = `
config LIBRARY
	tristate
config USER
	tristate "User"
	depends on BUS
	select LIBRARY if BUS
config BUS
	bool "Bus"
`;
  expect(solve(kconfig, "LIBRARY")).toEqual({ BUS: "y", USER: "y" });
});

test("of two alternatives the one that is there already is taken", () => {
  const kconfig = `
config A
	bool "A"
config B
	bool "B"
config CARD
	bool "Card"
	depends on A || B
`;
  expect(solve(kconfig, "CARD", { B: "y" })).toEqual({ CARD: "y" });
});

test("FOO || FOO=n does not pull FOO in", () => {
  const kconfig = `
config FOO
	tristate "Foo"
config CARD
	tristate "Card"
	depends on FOO=n || FOO
`;
  expect(solve(kconfig, "CARD")).not.toMatchObject({ FOO: "y" });
});

test("a circle of dependencies and a missing symbol are said", () => {
  const kconfig = `
config A
	bool "A"
	depends on B
config B
	bool "B"
	depends on A
config C
	bool "C"
	depends on ELSEWHERE
`;
  expect(solve(kconfig, "A")).toContain("depends on itself");
  expect(solve(kconfig, "C")).toContain("CONFIG_ELSEWHERE is not in this tree");
});

test("files are sourced by the architecture asked for", () => {
  const symbols = parseKconfig(
    reader({
      Kconfig: 'source "arch/$(SRCARCH)/Kconfig"\n',
      "arch/x86/Kconfig": "config X86\n\tdef_bool y\n",
    }),
    "x86",
  );
  expect(symbols.get("X86")?.[0]?.position).toEqual({ file: "arch/x86/Kconfig", line: 1 });
});
