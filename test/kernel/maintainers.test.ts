import { expect, test } from "vitest";
import { parseMaintainers } from "../../src/kernel/maintainers.js";
import { MaintainersIndex } from "../../src/kernel/maintainers-index.js";
import { pathPattern, perlPattern } from "../../src/kernel/maintainers-pattern.js";
import { isAddress, parseMailmap, parsePeople, parsePerson } from "../../src/kernel/maintainers-people.js";

const noFolder = () => false;
const index = (text: string, folders: readonly string[] = []) =>
  new MaintainersIndex(parseMaintainers(text), (path) => folders.includes(path));
const names = (text: string, path: string, folders: readonly string[] = []) =>
  index(text, folders)
    .match(path)
    .map(({ section }) => section.name);

test("a section is a name and the entries after it, across blank lines and comments", () => {
  const { sections, problems } = parseMaintainers(
    "prose\n\nFOO\nM:\tA <a@x.y>\n\n# note\nF:\tfoo/\nBAR\nF: bar/\n",
  );
  expect(
    sections.map(({ name, entries }) => [name, entries.map(({ key, value, line }) => [key, value, line])]),
  ).toEqual([
    [
      "FOO",
      [
        ["M", "A <a@x.y>", 4],
        ["F", "foo/", 7],
      ],
    ],
    ["BAR", [["F", "bar/", 9]]],
  ]);
  expect(problems).toEqual([
    {
      line: 8,
      what: '"BAR" is no entry and cuts FOO in two: what follows is taken as a section of that name',
    },
  ]);
});

test("broken sections are reported with their lines, and the rest still works", () => {
  const broken = "M:\tNobody <n@x.y>\nFOO\nF:\tfoo/[\nN:\t(\nK:\t*x\nF:\tfoo/\nM:\tEve <e@x.y>\x01\n";
  const { problems, ...rest } = index(broken);
  expect(problems.map(({ line }) => line)).toEqual([1, 3, 4, 5, 7]);
  expect(rest).toBeDefined();
  expect(names(broken, "foo/a.c")).toEqual(["FOO"]);
});

test.each([
  ["drivers/net/", "drivers/net/a/b.c", true],
  ["drivers/net/*", "drivers/net/a.c", true],
  ["drivers/net/*", "drivers/net/a/b.c", false],
  ["*/net/*", "drivers/net/a.c", true],
  ["fs/**/*foo*.c", "fs/a/b/xfoo.c", true],
  ["fs/**/*foo*.c", "fs/a/b/bar.c", false],
  ["drivers/a?.c", "drivers/ab.c", true],
  ["drivers/a.c", "drivers/a_c", false],
  ["drivers/a.[ch]", "drivers/a.h", true],
  ["drivers/pci/a.c", "drivers/pci/a.c.orig", true], // a pattern matches the beginning, as in the script
  ["Makefile", "drivers/Makefile", false],
])("F: %s and %s", (pattern, path, expected) => {
  expect(pathPattern(pattern, noFolder).matches(path)).toBe(expected);
});

test("a section whose name has control characters keeps its entries to itself", () => {
  const { sections, problems } = parseMaintainers(
    "A\nF:\ta/\nB\x1b[31m\nM:\tB <b@x.y>\nF:\tb/\n\ufffd\nF:\tc/\n",
  );
  expect(sections.map(({ name, entries }) => [name, entries.map(({ value }) => value)])).toEqual([
    ["A", ["a/"]],
    ["B\ufffd[31m", ["B <b@x.y>", "b/"]],
    ["\ufffd", ["c/"]],
  ]);
  expect(problems.map(({ line }) => line)).toEqual([3, 6, 6]);
});

test("a pattern that names a folder stands for all below it", () => {
  expect(pathPattern("drivers/net", (path) => path === "drivers/net").matches("drivers/net/a/b.c")).toBe(
    true,
  );
  expect(pathPattern("drivers/net", noFolder).matches("drivers/net/a/b.c")).toBe(false);
});

test("N and K are Perl's extended regular expressions", () => {
  expect(perlPattern(String.raw`\b(?i:clang|llvm)\b`).test("use CLANG here")).toBe(true);
  expect(perlPattern("(?i)pidfd").test("PIDFD_OPEN")).toBe(true);
  expect(perlPattern("a b # comment").test("xab")).toBe(true);
  expect(perlPattern(String.raw`struct\ psp\b`).test("struct psp;")).toBe(true);
  expect(perlPattern(String.raw`(?:\b|_)bpf(?:\b|_)`).test("übpf")).toBe(false);
});

test("the most precise pattern comes first, ties in the order of the file", () => {
  const text =
    "REST\nF:\t*\nF:\t*/\nWIDE\nF:\tdrivers/\nTHIN\nF:\tdrivers/a/b.c\nNAME\nN:\tb\\.c\nALSO\nF:\tdrivers/\n";
  expect(names(text, "drivers/a/b.c")).toEqual(["THIN", "WIDE", "ALSO", "NAME", "REST"]);
});

test("X takes a path out of its whole section, in any order of entries", () => {
  const text = "NET\nF:\tnet/\nN:\tnet\nX:\tnet/ipv6/\n";
  expect(names(text, "net/core/a.c")).toEqual(["NET"]);
  expect(names(text, "net/ipv6/a.c")).toEqual([]);
});

test("pattern depth limits how far above a path its pattern may end", () => {
  const wide = index("A\nF:\tdrivers/\nB\nF:\tdrivers/a/b/\n");
  expect(wide.match("drivers/a/b/c.c", { patternDepth: 1 }).map(({ section }) => section.name)).toEqual([
    "B",
  ]);
});

test("K looks at the whole message, and at added and removed lines of the diff", () => {
  const found = index("A\nK:\tfoo\nB\nK:\tbar\n").matchContent(["subject foo"], [" context bar", "@@ bar"]);
  expect(found.map(({ section }) => section.name)).toEqual(["A"]);
  expect(index("B\nK:\tbar\n").matchContent([], ["+bar"])).toHaveLength(1);
});

test.each(["a", "a@", "@b.c", "a b@c.d", "a@b..c", "a@b.c\nBcc: x@y.z", "a@b,c@d", "<a@b>"])(
  "%j is no address",
  (text) => {
    expect(isAddress(text)).toBe(false);
  },
);

test("people are a name and an address, with or without quotes and comments", () => {
  expect(parsePerson('"Paul E. \\"X\\" Doe" <p@x.y> (maintainer)')).toEqual({
    name: 'Paul E. "X" Doe',
    address: "p@x.y",
  });
  expect(parsePerson("list@x.y")).toEqual({ name: "", address: "list@x.y" });
  expect(parsePerson("Nobody <nobody>")).toBeUndefined();
  expect(parsePeople('"Doe, J" <j@x.y>, K <k@x.y>')).toEqual([
    { name: "Doe, J", address: "j@x.y" },
    { name: "K", address: "k@x.y" },
  ]);
});

test(".mailmap maps names and addresses, the more exact entry first", () => {
  const map = parseMailmap(
    "New Name <n@x.y> # note\n<new@x.y> <old@x.y>\nReal <real@x.y> <typo@x.y>\nOne <one@x.y> Two <shared@x.y>\n",
  );
  expect(map({ name: "N", address: "n@x.y" })).toEqual({ name: "New Name", address: "n@x.y" });
  expect(map({ name: "O", address: "old@x.y" })).toEqual({ name: "O", address: "new@x.y" });
  expect(map({ name: "T", address: "typo@x.y" })).toEqual({ name: "Real", address: "real@x.y" });
  expect(map({ name: "Two", address: "shared@x.y" })).toEqual({ name: "One", address: "one@x.y" });
  expect(map({ name: "Three", address: "shared@x.y" })).toEqual({ name: "Three", address: "shared@x.y" });
});
