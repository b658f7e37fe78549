/** `treewide dump`: what the program sees in a C file: its functions, tokens, syntax trees and control flow. */
import { printable } from "../base/printable.js";
import { buildFlow, type FlowNode } from "../c/flow.js";
import { T } from "../c/lexer.js";
import { render, renderType } from "../c/render.js";
import type { CFunction, SourceFile } from "../c/source.js";
import type { Statement } from "../c/syntax.js";

export const views = ["functions", "tokens", "tree", "flow"] as const;
export type View = (typeof views)[number];

/** @param functions those to show; for tokens, undefined is the whole file */
export function dump(file: SourceFile, view: View, functions: readonly CFunction[] | undefined): string {
  const chosen = functions ?? [...file.functions.values()].flat();
  const lines =
    view === "tokens" && !functions
      ? tokens(file, 0, file.tokens.count)
      : view === "functions"
        ? chosen.map((f) => `${place(file, f.at)} ${heading(f)}`)
        : chosen.flatMap((f, i) => [
            ...(i > 0 ? [""] : []),
            `${heading(f)}  ${place(file, f.at)}`,
            ...shown(f, view),
          ]);
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function shown(definition: CFunction, view: Exclude<View, "functions">): string[] {
  const { file, open, close } = definition;
  if (view === "tokens") return tokens(file, open, close + 1);
  const { body, problems } = file.body(definition);
  const errors = problems.map((p) => `!! ${place(file, p.at)} ${p.message}`);
  return [...errors, ...(view === "tree" ? tree(body, file) : flow(body, file))];
}

function heading({ isStatic, returnType, name, parameters }: CFunction): string {
  const list = parameters.map((p) => [renderType(p.type), p.name].filter(Boolean).join(" "));
  return `${isStatic ? "static " : ""}${renderType(returnType)} ${name}(${list.join(", ")})`;
}

function place(file: SourceFile, at: number): string {
  return `${file.path}:${file.lines.line(at)}`;
}

const kindNames: readonly (readonly [code: number, name: string])[] = [
  [T.identifier, "name"],
  [T.number, "number"],
  [T.string, "string"],
  [T.char, "char"],
  [T.ppIf, "#if"],
  [T.ppElse, "#else"],
  [T.ppEndif, "#endif"],
  [T.stray, "stray"],
];
const kindName = new Map(kindNames);

/** One a line: place, kind, text. */
function tokens(file: SourceFile, from: number, to: number): string[] {
  const { kinds, starts, ends, text } = file.tokens;
  return Array.from({ length: to - from }, (_, i) => {
    const [kind, at] = [kinds[from + i]!, starts[from + i]!];
    const position = `${file.lines.line(at)}:${file.lines.column(at)}`;
    const raw = text.slice(at, ends[from + i]).replace(/\s+/g, " ");
    return `${position.padEnd(10)}${(kindName.get(kind) ?? "operator").padEnd(10)}${raw}`;
  });
}

/** A line of the tree, and what hangs below it. */
interface Branch {
  readonly at: number;
  readonly label: string;
  readonly children: readonly Branch[];
}

/** Drawn with a stack of its own: trees of hostile files are deeper than ours. */
function tree(body: Statement, file: SourceFile): string[] {
  const lines: string[] = [];
  const work: { statement: Branch; indent: string; last: boolean }[] = [
    { statement: branchOf(body), indent: "", last: true },
  ];
  for (let next = work.pop(); next; next = work.pop()) {
    const { statement, indent, last } = next;
    const line = String(file.lines.line(statement.at)).padStart(6);
    lines.push(`${line}  ${indent}${last ? "└─ " : "├─ "}${statement.label}`);
    const below = `${indent}${last ? "   " : "│  "}`;
    const children = statement.children.map((child, i) => ({
      statement: child,
      indent: below,
      last: i === statement.children.length - 1,
    }));
    work.push(...children.reverse());
  }
  return lines;
}

/** A statement as a line; its parts are made when asked for, so that depth costs no stack. */
function branchOf(s: Statement): Branch {
  const node = (label: string, children: () => Branch[] = () => []): Branch => ({
    at: s.at,
    label,
    get children() {
      return children();
    },
  });
  const group = (label: string, statements: readonly Statement[]): Branch => ({
    at: statements[0]?.at ?? s.at,
    label,
    get children() {
      return statements.map(branchOf);
    },
  });
  switch (s.kind) {
    case "block":
      return node("block", () => s.body.map(branchOf));
    case "declare":
      return node("declare", () =>
        s.declarations.map((d) => ({
          at: d.at,
          label:
            `${renderType(d.type)} ${d.name}` +
            (d.cleanup ? ` __free(${d.cleanup})` : "") +
            (d.initial ? ` = ${render(d.initial)}` : ""),
          children: [],
        })),
      );
    case "expression":
      return node(render(s.expression));
    case "if":
      return node(`if ${render(s.condition)}`, () => [
        group("then", [s.then]),
        ...(s.otherwise ? [group("else", [s.otherwise])] : []),
      ]);
    case "while":
      return node(`while ${render(s.condition)}`, () => [branchOf(s.body)]);
    case "do":
      return node(`do … while ${render(s.condition)}`, () => [branchOf(s.body)]);
    case "for":
      return node(
        `for ${s.condition ? render(s.condition) : "ever"}${s.step ? `, then ${render(s.step)}` : ""}`,
        () => [...(s.start ? [group("start", [s.start])] : []), group("body", [s.body])],
      );
    case "iterate":
      return node(`iterate ${s.macro}(${s.arguments.map(render).join(", ")})`, () => [branchOf(s.body)]);
    case "switch":
      return node(`switch ${render(s.value)}`, () => [branchOf(s.body)]);
    case "case":
      return node(s.value ? `case ${render(s.value)}${s.to ? ` ... ${render(s.to)}` : ""}` : "default");
    case "label":
      return node(`label ${s.name}`);
    case "goto":
      return node(`goto ${s.label ?? "*"}`);
    case "return":
      return node(s.value ? `return ${render(s.value)}` : "return");
    case "either":
      return node(`either (#if${s.condition ? ` ${render(s.condition)}` : ""})`, () =>
        s.branches.map((b, i) => group(`branch ${i + 1}`, b)),
      );
    default:
      return node(s.kind);
  }
}

/** Nodes in the order in which paths meet them: number, line, what it does, where it goes. */
function flow(body: Statement, file: SourceFile): string[] {
  const graph = buildFlow(body);
  const reached = graph.nodes
    .map((node, id) => ({ node, id, order: graph.order[id]! }))
    .filter(({ order }) => order >= 0)
    .sort((a, b) => a.order - b.order);
  const number = new Map(reached.map(({ id }, i) => [id, i]));
  const to = (id: number) => `→ ${number.get(id) ?? "?"}`;
  const lines = reached.map(({ node, id }, i) => {
    const line = String(file.lines.line(node.at)).padStart(6);
    const entries = graph.incoming[id]!;
    return `${line}  ${String(i).padStart(4)}  ${describe(node, to)}${entries > 1 ? `  (${entries} ways in)` : ""}`;
  });
  return [...lines, ...graph.missingLabels.map((label) => `!! no label ${label}: the path ends there`)];
}

function describe(node: FlowNode, to: (id: number) => string): string {
  switch (node.kind) {
    case "evaluate":
      return `${render(node.expression)}  ${to(node.next)}`;
    case "declare": {
      const { type, name, initial, cleanup } = node.declaration;
      const value = `${cleanup ? ` __free(${cleanup})` : ""}${initial ? ` = ${render(initial)}` : ""}`;
      return `${renderType(type)} ${name}${value}  ${to(node.next)}`;
    }
    case "branch":
      return `${node.loop ? "loop while" : "if"} ${render(node.condition)}  yes ${to(node.then)}  no ${to(node.otherwise)}`;
    case "fork":
      return `${node.loop ? "loop or leave" : "either"}  ${node.targets.map(to).join("  ")}`;
    case "switch": {
      const cases = node.cases.map(
        (c) => `${render(c.value)}${c.to ? ` ... ${render(c.to)}` : ""} ${to(c.target)}`,
      );
      return `switch ${render(node.value)}  ${[...cases, `else ${to(node.otherwise)}`].join("  ")}`;
    }
    case "return":
      return node.value ? `return ${render(node.value)}` : "return";
    case "join":
      return `join  ${to(node.next)}`;
  }
}
