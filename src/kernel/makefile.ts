/**
 * GNU make's language as far as Kbuild makefiles need it, evaluated for all configurations at once:
 * both branches of a conditional count, and what depends on `$(CONFIG_X)` is kept together with that name.
 * Nothing is run: `$(shell …)` is empty, but for a plain `find FOLDER -name PATTERN`.
 */
import { stem, substituteReference, textFunctions, words } from "./make-functions.js";

/** What a makefile can see of the tree. Paths are relative to the tree's root. */
export interface MakefileInput {
  read(path: string): string | undefined;
  /** The files below a folder (any depth) whose names end in `ending`. */
  find(folder: string, ending: string): readonly string[];
}

/** A value that a variable gets, and the symbol in whose name it gets it: `foo-$(CONFIG_X) += a.o`. */
export interface Value {
  readonly text: string;
  readonly config: string | null;
}

/** How to make an object from a source that its name does not tell. `%` stands for the same on both sides. */
export interface MakeRule {
  readonly target: string;
  readonly source: string;
}

interface Piece {
  readonly text: string;
  readonly config: string | null;
  /** Whether `text` is expanded already, as `:=` does. */
  readonly expanded: boolean;
}

/** Stands for the value of `$(CONFIG_X)`, between the two marks, in expanded text and in names of variables. */
const [open, close] = ["\u0001", "\u0002"];
/** One or several in a row: `foo-$(CONFIG_A)$(CONFIG_B)` is on when either is. */
const configMarks = new RegExp(`(?:${open}(CONFIG_\\w+)${close})+`, "g");

/** Deeper nesting than this is a variable that refers to itself; make stops there as well. */
const maximumDepth = 64;
/**
 * Characters that one makefile may expand to before it is given up: a few lines can double a text for ever.
 * amdgpu's, the largest of Linux 7.3, expands to 2 million.
 */
const maximumExpansion = 50_000_000;

export class MakefileLimit extends Error {}

const assignment =
  /^(?:(?:export|override|private)\s+)*((?:\$\((?:[^()]|\([^()]*\))*\)|\$\{[^{}]*\}|[^\s=:+?!$#])+)\s*(:{1,3}=|\+=|\?=|!=|=)\s*(.*)$/s;

export class Makefile {
  readonly rules: MakeRule[] = [];
  private readonly variables = new Map<string, Piece[]>();
  private readonly reading: string[] = [];
  private expansion = 0;
  private depth = 0;
  /** The symbol under which what a loop does is done. */
  private under: string | null = null;

  /**
   * Evaluates a makefile and those that it includes.
   * @param path the makefile; `$(src)` and `$(obj)` are its folder, `$(srctree)` is ".".
   * @throws MakefileLimit when it would expand without end.
   */
  constructor(
    private readonly input: MakefileInput,
    path: string,
    folder: string,
  ) {
    for (const name of ["src", "obj"]) this.define(name, folder || ".");
    for (const name of ["srctree", "objtree", "srcroot"]) this.define(name, ".");
    this.include(path);
  }

  /** The words of a variable, each with the symbol under which it stands there. Names end in "-y" or "-m" as in Kbuild. */
  words(name: string): Value[] {
    return this.pieces(name).flatMap((piece) =>
      words(piece.expanded ? piece.text : this.expand(piece.text))
        .filter((word) => !word.includes(open))
        .map((text) => ({ text, config: piece.config })),
    );
  }

  private define(name: string, text: string): void {
    this.variables.set(name, [{ text, config: null, expanded: true }]);
  }

  private include(path: string): void {
    const text = this.input.read(path);
    if (text === undefined) return;
    this.enter(text.length);
    this.reading.push(path);
    this.evaluate(text);
    this.depth--;
  }

  private enter(length: number): void {
    this.expansion += length;
    if (++this.depth > maximumDepth) throw new MakefileLimit("a variable or an include that leads to itself");
    if (this.expansion > maximumExpansion) throw new MakefileLimit("it expands to too much text");
  }

  private evaluate(text: string): void {
    const lines = text.replace(/\r\n/g, "\n").split("\n");
    let inRule = false;
    let conditionals = 0;
    for (let i = 0; i < lines.length; i++) {
      const first = i;
      let line = lines[i]!;
      while (line.endsWith("\\") && i + 1 < lines.length) line = `${line.slice(0, -1)} ${lines[++i]}`;
      if (inRule && lines[first]!.startsWith("\t")) continue; // a recipe
      line = withoutComment(line).trim();
      if (line === "") continue;
      inRule = false;
      const keyword =
        /^(ifeq|ifneq|ifdef|ifndef|else|endif|define|-?include|sinclude)(?![\w:+?=-])\s*(.*)$/s.exec(line);
      if (keyword?.[1] === "define") {
        const end = endOfDefine(lines, i + 1);
        const name = this.expand(keyword[2]!.replace(/\s*(:|\+|\?)?=\s*$/, "")).trim();
        this.variables.set(name, [
          { text: lines.slice(i + 1, end).join("\n"), config: null, expanded: false },
        ]);
        i = end;
      } else if (keyword?.[1]?.includes("include")) {
        for (const path of words(this.expand(keyword[2]!))) this.include(normalise(path));
      } else if (keyword) {
        conditionals += keyword[1]!.startsWith("if") ? 1 : keyword[1] === "endif" ? -1 : 0;
      } else {
        const parts = assignment.exec(line);
        if (parts) this.assign(parts[1]!, parts[2]!, parts[3]!, conditionals > 0);
        else inRule = this.addRule(this.expand(line));
      }
    }
  }

  /** In a conditional, a new value stands beside the one before: which of them counts depends on the configuration. */
  private assign(name: string, operator: string, value: string, conditional: boolean): void {
    let config: string | null = null;
    const key = this.expand(name).replace(configMarks, (_, symbol: string) => {
      config ??= symbol;
      return open;
    });
    config ??= this.under;
    const before = this.variables.get(key);
    if (operator === "?=" && before && !conditional) return;
    const expanded = operator.startsWith(":") || (operator === "+=" && before?.at(-1)?.expanded === true);
    const text = operator === "!=" ? "" : expanded ? this.expand(value) : value;
    const replaces = operator !== "+=" && !conditional && config === null;
    this.variables.set(key, [...(replaces ? [] : (before ?? [])), { text, config, expanded }]);
  }

  private pieces(name: string): readonly Piece[] {
    const own = this.variables.get(name) ?? [];
    const byConfig = /[ym]$/.test(name) ? this.variables.get(name.slice(0, -1) + open) : undefined;
    return byConfig ? [...own, ...byConfig] : own;
  }

  /** `target: source`, `target-pattern: source-pattern`, `targets: target-pattern: source-pattern`. */
  private addRule(line: string): boolean {
    const sides = line.split(/::?(?!=)/).map(words);
    if (sides.length < 2) return false;
    const [targets, sources] = sides.slice(-2);
    const source = sources?.find((word) => /\.(c|S)$/.test(word));
    if (source)
      for (const target of targets!)
        if (target.endsWith(".o")) this.rules.push({ target: normalise(target), source: normalise(source) });
    return true;
  }

  private expand(text: string): string {
    if (!text.includes("$")) return text;
    this.enter(text.length);
    let result = "";
    let at = 0;
    for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
      result += text.slice(at, dollar);
      const next = text[dollar + 1];
      if (next === "(" || next === "{") {
        const end = closing(text, dollar + 1);
        result += this.reference(text.slice(dollar + 2, end));
        at = end + 1;
      } else {
        result += next === "$" ? "$" : this.reference(next ?? "");
        at = dollar + 2;
      }
    }
    result += text.slice(at);
    this.expansion += result.length;
    this.depth--;
    return result;
  }

  private reference(body: string): string {
    const call = /^([a-z][a-z-]*)\s+(.*)$/s.exec(body);
    if (call) {
      const special = this.special(call[1]!, call[2]!);
      if (special !== undefined) return special;
      const apply = textFunctions[call[1]!];
      if (apply) return apply(...splitArguments(call[2]!).map((argument) => this.expand(argument)));
    }
    const substitution = /^([^:]+):([^=]*)=(.*)$/s.exec(body);
    if (substitution) {
      const [, name, from, to] = substitution.map((part) => this.expand(part));
      return substituteReference(from!, to!, this.value(name!));
    }
    return this.value(this.expand(body));
  }

  private value(name: string): string {
    if (/^CONFIG_\w+$/.test(name)) return open + name + close;
    if (name === "MAKEFILE_LIST") return this.reading.join(" ");
    return this.pieces(name)
      .map((piece) => (piece.expanded ? piece.text : this.expand(piece.text)))
      .join(" ");
  }

  /** The functions that do more than look at their arguments. */
  private special(name: string, text: string): string | undefined {
    const args = () => splitArguments(text);
    switch (name) {
      case "if": {
        const [condition = "", yes = "", no = ""] = args();
        const decided = this.expand(condition).trim();
        if (decided.includes(open)) return `${this.expand(yes)} ${this.expand(no)}`;
        return this.expand(decided === "" ? no : yes);
      }
      case "or":
      case "and":
        return args()
          .map((argument) => this.expand(argument))
          .join(" ");
      case "foreach": {
        const [variable = "", list = "", body = ""] = args();
        const symbols = this.symbolsOfWords(list);
        const outer = this.under;
        const each = words(this.expand(list)).map((word) => {
          this.under = symbols.get(word) ?? outer;
          return this.with({ [this.expand(variable).trim()]: word }, body);
        });
        this.under = outer;
        return each.join(" ");
      }
      case "call": {
        const [called = "", ...given] = args().map((argument) => this.expand(argument));
        const parameters = Object.fromEntries(given.map((argument, i) => [String(i + 1), argument]));
        return this.with(parameters, `$(${called.trim()})`);
      }
      case "eval":
        this.evaluate(this.expand(text));
        return "";
      case "shell": {
        const find = /^find\s+(\S+)\s+-name\s+'?\\?\*(\.\w+)'?$/.exec(this.expand(text).trim());
        return find ? this.input.find(normalise(find[1]!), find[2]!).join(" ") : "";
      }
      case "info":
      case "warning":
      case "error":
      case "wildcard":
        return "";
      default:
        return undefined;
    }
  }

  /** The symbols under which the words of a text stand in the variables that it names: `$(basename $(foo-y))`. */
  private symbolsOfWords(text: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [, name] of text.matchAll(/\$[({]([\w-]+-[ym])[)}]/g))
      for (const { text: word, config } of this.words(name!))
        if (config !== null)
          for (const made of words(this.with({ [name!]: word, [name!.slice(0, -1) + open]: "" }, text)))
            found.set(made, config);
    return found;
  }

  private with(parameters: Readonly<Record<string, string>>, body: string): string {
    const saved = Object.keys(parameters).map((name) => [name, this.variables.get(name)] as const);
    for (const [name, value] of Object.entries(parameters)) this.define(name, value);
    const result = this.expand(body);
    for (const [name, pieces] of saved) {
      if (pieces) this.variables.set(name, pieces);
      else this.variables.delete(name);
    }
    return result;
  }
}

/** The source that a rule names for an object, or undefined. Explicit rules come before patterns, as in make. */
export function sourceByRule(rules: readonly MakeRule[], object: string): string | undefined {
  const explicit = rules.find((rule) => rule.target === object && !rule.source.includes("%"));
  if (explicit) return explicit.source;
  for (const rule of rules) {
    const found = rule.target.includes("%") ? stem(rule.target, object) : null;
    if (found !== null) return rule.source.replace("%", () => found);
  }
  return undefined;
}

/** "./a//b/../c" is "a/c"; a path above the root keeps its "..", which no tree has. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

function withoutComment(line: string): string {
  const start = line.search(/(?<!\\)#/);
  return start === -1 ? line : line.slice(0, start);
}

function endOfDefine(lines: readonly string[], from: number): number {
  let nested = 0;
  for (let i = from; i < lines.length; i++) {
    if (/^\s*define\b/.test(lines[i]!)) nested++;
    if (/^\s*endef\b/.test(lines[i]!) && nested-- === 0) return i;
  }
  return lines.length;
}

/** Where the parenthesis or brace that opens at `start` closes; the end of the text when it does not. */
function closing(text: string, start: number): number {
  const opening = text[start]!;
  const ending = opening === "(" ? ")" : "}";
  let nested = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === opening) nested++;
    else if (text[i] === ending && --nested === 0) return i;
  }
  return text.length;
}

function splitArguments(text: string): string[] {
  const found: string[] = [];
  let nested = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === "(" || character === "{") nested++;
    else if (character === ")" || character === "}") nested--;
    else if (character === "," && nested === 0) {
      found.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...found, text.slice(start)];
}
