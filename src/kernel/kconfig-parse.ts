/**
 * The configuration symbols of a kernel tree, read from its Kconfig files
 * (Documentation/kbuild/kconfig-language.rst). Enough to find what a driver depends on; values are left to
 * the tree's own `make olddefconfig`, which has the last word.
 */
import type { Position } from "../base/position.js";
import { type KconfigExpression, parseKconfigExpression } from "./kconfig-expression.js";

/** One `config` or `menuconfig` block. A symbol may have several. */
export interface KconfigDefinition {
  readonly position: Position;
  /** `depends on` of the block and of everything around it; all must hold. */
  readonly depends: readonly KconfigExpression[];
  /** A user can set it; absent: only defaults and selects can. */
  readonly prompt?: { readonly condition?: KconfigExpression };
  readonly defaults: readonly { readonly value: KconfigExpression; readonly condition?: KconfigExpression }[];
  readonly selects: readonly { readonly symbol: string; readonly condition?: KconfigExpression }[];
  readonly type?: string;
}

export type KconfigSymbols = ReadonlyMap<string, readonly KconfigDefinition[]>;

/** Reads a file of the tree by its path from the root; undefined when there is none. */
export type TreeReader = (path: string) => string | undefined;

interface Block {
  readonly kind: "config" | "choice" | "menu" | "if";
  readonly name?: string;
  readonly position: Position;
  readonly depends: KconfigExpression[];
  readonly defaults: { value: KconfigExpression; condition?: KconfigExpression }[];
  readonly selects: { symbol: string; condition?: KconfigExpression }[];
  prompt?: { condition?: KconfigExpression };
  type?: string;
}

const TYPE = /^(def_)?(bool|tristate|int|hex|string)\b\s*(.*)$/;

/**
 * Parses `Kconfig` and all that it sources.
 * @param architecture the folder under arch/ that stands for `$(SRCARCH)`.
 */
export function parseKconfig(read: TreeReader, architecture: string): KconfigSymbols {
  const symbols = new Map<string, KconfigDefinition[]>();
  const seen = new Set<string>();

  function file(path: string, around: readonly Block[]): void {
    if (seen.has(path)) return;
    seen.add(path);
    const text = read(path);
    if (text === undefined) return; // the tree's own tools say so; a resolved symbol does not come from there
    const stack = [...around];
    let current: Block | undefined;
    const close = () => {
      if (current?.kind === "config" && current.name) add(current.name, current, stack);
      current = undefined;
    };
    for (const { line, text: statement } of statements(text)) {
      const [keyword = "", rest = ""] = split(statement);
      const block = (kind: Block["kind"], name?: string): Block => ({
        kind,
        ...(name && { name }),
        position: { file: path, line },
        depends: [],
        defaults: [],
        selects: [],
      });
      switch (keyword) {
        case "config":
        case "menuconfig":
          close();
          current = block("config", rest);
          break;
        case "choice":
        case "menu":
          close();
          current = block(keyword);
          stack.push(current);
          break;
        case "if": {
          close();
          const around = block("if");
          const condition = parseKconfigExpression(rest);
          if (condition) around.depends.push(condition);
          stack.push(around);
          break;
        }
        case "endif":
        case "endmenu":
        case "endchoice":
          close();
          stack.pop();
          break;
        case "source":
        case "rsource":
        case "osource":
          close();
          file(sourced(rest, path, keyword, architecture), stack);
          break;
        case "comment":
        case "mainmenu":
          close();
          current = block("menu"); // takes the `depends on` that may follow
          break;
        default:
          if (current) attribute(current, keyword, rest);
      }
    }
    close();
  }

  function add(name: string, block: Block, around: readonly Block[]): void {
    const definition: KconfigDefinition = {
      position: block.position,
      depends: [...around.flatMap((outer) => outer.depends), ...block.depends],
      defaults: block.defaults,
      selects: block.selects,
      ...(block.prompt && { prompt: block.prompt }),
      ...(block.type && { type: block.type }),
    };
    const known = symbols.get(name);
    if (known) known.push(definition);
    else symbols.set(name, [definition]);
  }

  file("Kconfig", []);
  return symbols;
}

function attribute(block: Block, keyword: string, rest: string): void {
  const typed = TYPE.exec(`${keyword} ${rest}`);
  if (typed) {
    block.type = typed[2]!;
    const [value, condition] = conditional(typed[3]!);
    if (typed[1]) addDefault(block, value, condition);
    else if (value) block.prompt = condition ? { condition } : {};
    return;
  }
  const [value, condition] = conditional(rest);
  if (keyword === "prompt") block.prompt = condition ? { condition } : {};
  else if (keyword === "default") addDefault(block, value, condition);
  else if (keyword === "select") block.selects.push({ symbol: value, ...(condition && { condition }) });
  else if (keyword === "depends") {
    const expression = parseKconfigExpression(rest.replace(/^on\s+/, ""));
    if (expression) block.depends.push(expression);
  }
}

function addDefault(block: Block, text: string, condition: KconfigExpression | undefined): void {
  const value = parseKconfigExpression(text);
  if (value) block.defaults.push({ value, ...(condition && { condition }) });
}

/** Splits `VALUE if CONDITION`; an `if` within quotes is text. */
function conditional(text: string): [string, KconfigExpression | undefined] {
  const match = /^((?:"(?:\\.|[^"\\])*"|[^"])*?)\s+if\s+(.*)$/.exec(text);
  return match ? [match[1]!.trim(), parseKconfigExpression(match[2]!)] : [text.trim(), undefined];
}

function split(statement: string): [string, string] {
  const match = /^(\S+)\s*(.*)$/.exec(statement);
  return match ? [match[1]!, match[2]!.trim()] : ["", ""];
}

function sourced(argument: string, from: string, keyword: string, architecture: string): string {
  const path = argument.replace(/^"|"$/g, "").replace(/\$\((?:SRCARCH|HEADER_ARCH)\)/g, architecture);
  return keyword === "rsource" ? `${from.replace(/[^/]*$/, "")}${path}` : path;
}

/** Statements with their lines: continuations joined, comments, blank lines and help texts left out. */
function* statements(text: string): Generator<{ line: number; text: string }> {
  const lines = text.split("\n");
  for (let n = 0; n < lines.length; n++) {
    const line = n + 1;
    let statement = lines[n]!;
    while (statement.endsWith("\\") && n + 1 < lines.length) statement = statement.slice(0, -1) + lines[++n]!;
    const trimmed = statement.trim();
    if (trimmed === "help" || trimmed === "---help---") {
      n = endOfHelp(lines, n + 1) - 1;
      continue;
    }
    if (trimmed && !trimmed.startsWith("#")) yield { line, text: trimmed };
  }
}

/** The help text ends at the first line that is indented less than its first line. Returns that line's index. */
function endOfHelp(lines: readonly string[], start: number): number {
  let indent: number | undefined;
  for (let n = start; n < lines.length; n++) {
    if (!lines[n]!.trim()) continue;
    const own = lines[n]!.replace(/\t/g, "        ").search(/\S/);
    if (own === 0) return n;
    indent ??= own;
    if (own < indent) return n;
  }
  return lines.length;
}
