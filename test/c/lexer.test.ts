import { describe, expect, test } from "vitest";
import { op, T, tokenize, tokensNamed } from "../../src/c/lexer.js";

/** The tokens as they are written. */
function written(text: string, start?: number, end?: number): string[] {
  const { count, starts, ends } = tokenize(text, start, end);
  return Array.from({ length: count }, (_, i) => text.slice(starts[i], ends[i]));
}

describe("tokens", () => {
  test.each([
    ["", []],
    ["a->b...c<<=d", ["a", "->", "b", "...", "c", "<<=", "d"]],
    ["a.. .b", ["a", ".", ".", ".", "b"]],
    ["x+++y", ["x", "++", "+", "y"]],
    ["0xe-1 1.5e-3f 0x1p-2 .5 1e+", ["0xe", "-", "1", "1.5e-3f", "0x1p", "-", "2", ".", "5", "1e+"]],
    ["a$b _c 9z", ["a$b", "_c", "9z"]],
    ['\'\\\'\' "\\"" "open\nb', ["'\\''", '"\\""', '"open', "b"]],
    ["a /* b */ c // d \\\n e\nf", ["a", "c", "f"]],
    ["a /*/ b */ c /* open", ["a", "c"]],
    ["a # b", ["a", "#", "b"]],
    ["a \xe9 b", ["a", "\xe9", "b"]],
    ["a \u20ac b", ["a", "\u20ac", "b"]],
    ["a \\\n b", ["a", "b"]],
  ])("%j", (text, tokens) => {
    expect(written(text)).toEqual(tokens);
  });

  test("have kinds, and an end behind the last", () => {
    const { count, kinds, starts, ends } = tokenize("f(1, 's', \"t\") @");
    expect([...kinds]).toEqual([
      ...[T.identifier, op["("], T.number, op[","], T.char, op[","], T.string, op[")"], T.stray, T.end],
    ]);
    expect([count, starts[count], ends[count]]).toEqual([9, 16, 16]);
  });

  test("of a part of a text have their places in the whole", () => {
    const text = "ab cd/*ef*/gh ij";
    expect(written(text, 1, 13)).toEqual(["b", "cd", "gh"]);
    expect(written(text, 4, 9)).toEqual(["d"]);
  });
});

describe("directives", () => {
  test("of conditions are tokens, to the ends of their lines", () => {
    const text = "#if A \\\n B\nx\n # else // c\n#  elif D /* over\nlines */\n#endif\n#ifdef\n#ifndef Z";
    expect(written(text)).toEqual([
      ...["#if A \\\n B", "x", "# else // c", "#  elif D /* over\nlines */", "#endif", "#ifdef", "#ifndef Z"],
    ]);
    expect([...tokenize(text).kinds]).toEqual([
      ...[T.ppIf, T.identifier, T.ppElse, T.ppElse, T.ppEndif, T.ppIf, T.ppIf, T.end],
    ]);
  });

  test("other ones are none, nor are words that only begin like them", () => {
    expect(written("#pragma once\n#error x\n#iff\n#endif2\n#\na")).toEqual(["a"]);
  });

  test.each(["#if 0\n", "#if 0 // never\n", "# if\t0/* never */ \n", "#if 0\r\n"])("%j is dead", (start) => {
    expect(written(`a\n${start}b\n#if 1\nc\n#else\nd\n#endif\ne\n#else\nf\n#endif\ng`)).toEqual([
      ...["a", "f", "#endif", "g"],
    ]);
    expect(written(`${start}a\n  # endif\nb`)).toEqual(["b"]);
    expect(written(`${start}a`)).toEqual([]);
  });

  test.each(["#if 0x1\n", "#if 0 || A\n", "#if 00\n", "#if A\n"])("%j is not", (start) => {
    expect(written(`${start}a\n#endif`)).toEqual([start.trim(), "a", "#endif"]);
  });

  test("define macros and include files", () => {
    const text =
      '#define A\n# define B(x, y...) x \\\n\ty\n#include <a/b.h> /* c */\n#include "d.h"\n#define\n#include X\n#define C (z)\n#define D(';
    const { macros, includes, count } = tokenize(text);
    expect(count).toBe(0);
    expect(includes).toEqual(["<a/b.h>", '"d.h"']);
    expect(
      macros.map(({ name, parameters, bodyStart, bodyEnd }) => [
        name,
        parameters,
        text.slice(bodyStart, bodyEnd),
      ]),
    ).toEqual([
      ["A", undefined, ""],
      ["B", ["x", "y..."], " x \\\n\ty"],
      ["C", undefined, " (z)"],
    ]);
    expect(text.slice(macros[1]!.start)).toMatch(/^# define B/);
  });
});

test("texts of any size are read, and small ones after large ones", () => {
  for (const size of [10, 1 << 17, (1 << 17) + 1, 1 << 20, 3 << 20, 10]) {
    const { count, ends } = tokenize(";".repeat(size));
    expect([count, ends[count - 1]]).toEqual([size, size]);
    expect(tokenize("#define A\n".repeat(size / 10)).macros.length).toBe(Math.floor(size / 10));
  }
});

test("what is left of a longer text is not read", () => {
  tokenize(`${"x".repeat(100)} */ " endif`);
  for (const text of ["a", "a /* b", 'a "b', "a // b", "#if 0", "a +", "0x"])
    expect(written(text)).toEqual(written(text.padEnd(300)).map((token) => token.trimEnd()));
});

test("identifiers are found by their names, in their order", () => {
  const words = Array.from({ length: 3000 }, (_, i) => `w${(i * 7919) % 613}`);
  const tokens = tokenize(`${words.join(" ; ")} "w1" 'w' 7w1 /* w1 */`);
  for (const name of [...new Set(words), "w", "w613", "7w1", ";"])
    expect(tokensNamed(tokens, name), name).toEqual(
      [...words.keys()].filter((i) => words[i] === name).map((i) => 2 * i),
    );
});
