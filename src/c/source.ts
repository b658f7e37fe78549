/**
 * One C file: its functions, variables, structs, constants and exports, found by a single pass over the tokens
 * outside all braces. Bodies and initialisers are parsed when first asked for.
 */
import { LineIndex } from "../base/position.js";
import { cleanupFunction } from "./cleanup.js";
import { constantOf } from "./constant.js";
import { type Macro, op, T, type Tokens, tokenize } from "./lexer.js";
import { type ParsedBody, parseBody, parseExpression } from "./parser.js";
import { withFields } from "./positional.js";
import type { CType, Expression } from "./syntax.js";

export interface Parameter {
  /** Empty when the parameter has no name. */
  readonly name: string;
  readonly type: CType;
}

export interface CFunction {
  readonly file: SourceFile;
  readonly name: string;
  readonly isStatic: boolean;
  readonly returnType: CType;
  readonly parameters: readonly Parameter[];
  /** Offset of the name. */
  readonly at: number;
  /** Token indices of the body's braces. */
  readonly open: number;
  readonly close: number;
}

/** A variable with an initialiser at file level. */
export interface CVariable {
  readonly file: SourceFile;
  readonly name: string;
  readonly type: CType;
  readonly at: number;
  readonly initial: Expression | undefined;
}

/** A macro used at file level, such as `module_pci_driver(foo);`. */
export interface TopLevelMacro {
  readonly name: string;
  readonly at: number;
  readonly arguments: readonly string[];
}

export type StructFields = ReadonlyMap<string, CType>;

/** A body nested deeper than the stack is reported, not thrown: one hostile file must not stop an audit. */
function parseOrSayWhy(tokens: Tokens, { open, close }: CFunction): ParsedBody {
  try {
    return parseBody(tokens, open, close);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const at = tokens.starts[open]!;
    return {
      body: { kind: "block", at, body: [] },
      problems: [{ at, message: "nested too deeply to parse" }],
    };
  }
}

const annotation = /^__|^notrace$|^noinline/;

export class SourceFile {
  readonly tokens: Tokens;
  private lineIndex: LineIndex | undefined;
  private macrosByName: ReadonlyMap<string, Macro> | undefined;
  /** All definitions of a name: an #ifdef pair has two. */
  readonly functions = new Map<string, CFunction[]>();
  readonly variables = new Map<string, CVariable>();
  readonly topLevelMacros: TopLevelMacro[] = [];
  /** Names given to EXPORT_SYMBOL() and its variants. */
  readonly exports = new Set<string>();
  readonly enumerators = new Map<string, number>();
  private readonly structRanges = new Map<string, { open: number; close: number }>();
  private readonly structs = new Map<string, StructFields>();
  private readonly bodies = new Map<CFunction, ParsedBody>();

  constructor(
    /** Path from the tree's root. */
    readonly path: string,
    readonly text: string,
  ) {
    this.tokens = tokenize(text);
    this.scan();
  }

  /** By name; of two of one name the last. */
  get macros(): ReadonlyMap<string, Macro> {
    this.macrosByName ??= new Map(this.tokens.macros.map((macro) => [macro.name, macro]));
    return this.macrosByName;
  }

  get lines(): LineIndex {
    this.lineIndex ??= new LineIndex(this.text);
    return this.lineIndex;
  }

  body(definition: CFunction): ParsedBody {
    let parsed = this.bodies.get(definition);
    if (!parsed) {
      parsed = parseOrSayWhy(this.tokens, definition);
      this.bodies.set(definition, parsed);
    }
    return parsed;
  }

  /** The fields of a struct or union that this file defines; those of anonymous members count as its own. */
  struct(tag: string): StructFields | undefined {
    const known = this.structs.get(tag);
    if (known) return known;
    const range = this.structRanges.get(tag);
    if (!range) return undefined;
    const fields = new Map<string, CType>();
    this.readFields(range.open + 1, range.close, fields);
    this.structs.set(tag, fields);
    return fields;
  }

  /** The fields of a struct of this file, where each is known by its position: no #if, macro or struct is among them. */
  private fieldsInOrder({ name, isStruct, pointers }: CType): readonly string[] {
    const { kinds } = this.tokens;
    const range = isStruct && pointers === 0 ? this.structRanges.get(name) : undefined;
    if (!range) return [];
    for (let i = range.open + 1; i < range.close; i++) {
      const kind = kinds[i]!;
      const isMacro = kind === op["("] && kinds[i + 1] !== op["*"] && kinds[i - 1] !== op[")"];
      if (isMacro || kind === op["{"] || (kind >= T.ppIf && kind <= T.ppEndif)) return [];
    }
    return [...this.struct(name)!.keys()];
  }

  /** The names of fields that any function body assigns: `x->field = …`. */
  assignedFields(): ReadonlySet<string> {
    const { kinds, count } = this.tokens;
    const names = new Set<string>();
    for (let i = 0; i + 2 < count; i++)
      if (
        (kinds[i] === op["->"] || kinds[i] === op["."]) &&
        kinds[i + 1] === T.identifier &&
        kinds[i + 2] === op["="]
      )
        names.add(this.word(i + 1));
    return names;
  }

  private word(index: number): string {
    return this.tokens.text.slice(this.tokens.starts[index], this.tokens.ends[index]);
  }

  /** The index of the token that closes the bracket at `open`, or of the last token. */
  private closing(open: number): number {
    const { kinds, count } = this.tokens;
    const opener = kinds[open]!;
    const closer = opener + 1; // ( ) { } [ ] stand in pairs
    let depth = 0;
    for (let i = open; i < count; i++) {
      if (kinds[i] === opener) depth++;
      else if (kinds[i] === closer && --depth === 0) return i;
    }
    return count - 1;
  }

  private scan(): void {
    const { kinds, count } = this.tokens;
    let begin = 0;
    let i = 0;
    while (i < count) {
      const kind = kinds[i]!;
      if (kind >= T.ppIf && kind <= T.ppEndif) {
        // A directive ends what stood before it only when nothing was begun, or an item could end there.
        if (i === begin) begin = i + 1;
        i++;
      } else if (kind === op[";"]) {
        this.simpleItem(begin, i);
        begin = ++i;
      } else if (kind === op["("] || kind === op["["]) {
        i = this.closing(i) + 1;
      } else if (kind === op["="]) {
        i = this.variable(begin, i);
        begin = i;
      } else if (kind === op["{"]) {
        const close = this.closing(i);
        if (this.functionBefore(begin, i, close)) begin = close + 1;
        else this.typeBody(begin, i, close);
        i = close + 1;
        if (kinds[i] === op[";"]) begin = ++i;
      } else if (kind === op["}"]) {
        begin = ++i; // unbalanced: an #ifdef cut a brace off
      } else i++;
    }
    this.simpleItem(begin, count);
  }

  /** A declaration, prototype or macro call that ends at the `;` `end`, or macro calls before what `end` is the name of. */
  private simpleItem(begin: number, end: number): void {
    const { kinds } = this.tokens;
    // A macro without a semicolon may stand before: take each `NAME(…)` in turn.
    for (let from = begin; from < end; from++) {
      if (kinds[from]! >= T.ppIf && kinds[from]! <= T.ppEndif) continue;
      if (kinds[from] !== T.identifier) return;
      let name = from;
      if (this.word(name) === "static" && kinds[name + 1] === T.identifier && kinds[name + 2] === op["("])
        name++;
      if (kinds[name + 1] !== op["("]) return;
      const close = this.closing(name + 1);
      this.topLevelMacro(name, close);
      from = close;
    }
  }

  private topLevelMacro(name: number, close: number): void {
    const { kinds, starts } = this.tokens;
    const words: string[] = [];
    for (let i = name + 2; i < close; i++) if (kinds[i] === T.identifier) words.push(this.word(i));
    const macro = this.word(name);
    if (
      macro.startsWith("EXPORT_SYMBOL") ||
      macro.startsWith("EXPORT_PER_CPU_SYMBOL") ||
      /_EXPORT_SYMBOL|^EXPORT_/.test(macro)
    ) {
      if (words[0]) this.exports.add(words[0]);
    } else this.topLevelMacros.push({ name: macro, at: starts[name]!, arguments: words });
    if (macro === "DEFINE_FREE") this.cleanup(name, close);
  }

  /** `DEFINE_FREE(name, type, free)` whose name is at `macro`: a function of `_T`, whose body is what frees. */
  private cleanup(macro: number, close: number): void {
    const { kinds, starts } = this.tokens;
    const commas: number[] = [];
    for (let i = macro + 2; i < close && commas.length < 2; i++)
      if (kinds[i] === op["("]) i = this.closing(i);
      else if (kinds[i] === op[","]) commas.push(i);
    const [first, open] = commas;
    if (first === undefined || open === undefined) return;
    this.define({
      file: this,
      name: cleanupFunction(this.word(macro + 2)),
      isStatic: true,
      returnType: { name: "void", pointers: 0, isStruct: false },
      parameters: [{ name: "_T", type: this.typeOf(first + 1, open) }],
      at: starts[macro + 2]!,
      open,
      close,
    });
  }

  private define(definition: CFunction): void {
    const others = this.functions.get(definition.name);
    if (others) others.push(definition);
    else this.functions.set(definition.name, [definition]);
  }

  /** `struct foo bar = …;` whose `=` is at `equals`. Returns where the next item begins. */
  private variable(begin: number, equals: number): number {
    const { kinds, count, starts } = this.tokens;
    let end = equals + 1;
    while (end < count && kinds[end] !== op[";"]) {
      const kind = kinds[end]!;
      end = kind === op["("] || kind === op["{"] || kind === op["["] ? this.closing(end) + 1 : end + 1;
    }
    // The name is the last one before `=` that stands outside brackets and is no attribute.
    let name = -1;
    for (let i = begin; i < equals; i++) {
      const kind = kinds[i]!;
      if (kind === op["("] || kind === op["["]) {
        if (kind === op["("] && name === -1 && kinds[i + 1] === op["*"] && kinds[i + 2] === T.identifier)
          name = i + 2;
        i = this.closing(i);
      } else if (kind === T.identifier && !annotation.test(this.word(i))) name = i;
    }
    if (name !== -1) {
      this.simpleItem(begin, name);
      const self = this;
      let initial: Expression | undefined | null = null;
      const word = this.word(name);
      const type = this.typeOf(begin, name);
      const isArray = kinds[name + 1] === op["["];
      this.variables.set(word, {
        file: this,
        name: word,
        type,
        at: starts[name]!,
        get initial() {
          if (initial === null) {
            const parsed = parseExpression(self.tokens, equals + 1, end);
            initial = parsed && withFields(parsed, self.fieldsInOrder(type), isArray);
          }
          return initial;
        },
      });
    }
    return end + 1;
  }

  /** Records the function whose body opens at `open`; false when what stands before is no function's head. */
  private functionBefore(begin: number, open: number, close: number): boolean {
    const { kinds, starts } = this.tokens;
    let last = open - 1;
    for (;;) {
      while (last > begin && kinds[last] === T.identifier && annotation.test(this.word(last))) last--;
      while (last > begin && kinds[last]! >= T.ppIf && kinds[last]! <= T.ppEndif) last--;
      if (kinds[last] !== op[")"]) return false;
      const opening = this.opening(last);
      const name = opening - 1;
      if (name < begin || kinds[name] !== T.identifier) return false;
      const word = this.word(name);
      if (
        annotation.test(word) &&
        name > begin &&
        (kinds[name - 1] === op[")"] || annotation.test(this.word(name - 1))) &&
        this.hasCallBefore(begin, name)
      ) {
        last = name - 1; // __must_hold(x) and the like
        continue;
      }
      this.simpleItem(begin, name);
      const head: string[] = [];
      for (let i = begin; i < name; i++) if (kinds[i] === T.identifier) head.push(this.word(i));
      this.define({
        file: this,
        name: word,
        isStatic: head.includes("static"),
        returnType: this.typeOf(begin, name),
        parameters: this.parameters(opening, last),
        at: starts[name]!,
        open,
        close,
      });
      return true;
    }
  }

  private hasCallBefore(begin: number, end: number): boolean {
    for (let i = begin; i < end; i++) if (this.tokens.kinds[i] === op["("]) return true;
    return false;
  }

  private opening(close: number): number {
    const { kinds } = this.tokens;
    let depth = 0;
    for (let i = close; i >= 0; i--) {
      if (kinds[i] === op[")"]) depth++;
      else if (kinds[i] === op["("] && --depth === 0) return i;
    }
    return 0;
  }

  private parameters(open: number, close: number): Parameter[] {
    const { kinds } = this.tokens;
    const list: Parameter[] = [];
    let from = open + 1;
    for (let i = open + 1; i <= close; i++) {
      const kind = kinds[i]!;
      if (kind === op["("] && i !== close) {
        i = this.closing(i);
        continue;
      }
      if (kind !== op[","] && i !== close) continue;
      const parameter = this.parameter(from, i);
      if (parameter) list.push(parameter);
      from = i + 1;
    }
    return list;
  }

  private parameter(from: number, to: number): Parameter | undefined {
    const { kinds } = this.tokens;
    let name = -1;
    for (let i = from; i < to; i++) {
      if (kinds[i] === op["("]) {
        if (kinds[i + 1] === op["*"] && kinds[i + 2] === T.identifier) {
          name = i + 2;
          break;
        }
        i = this.closing(i);
      } else if (kinds[i] === T.identifier && !annotation.test(this.word(i))) name = i;
    }
    if (name === -1 || (to - from === 1 && this.word(from) === "void")) return undefined;
    const type = this.typeOf(from, name);
    let brackets = 0;
    for (let i = name; i < to; i++) if (kinds[i] === op["["]) brackets = 1;
    return {
      name: type.name === "" ? "" : this.word(name),
      type: { ...type, pointers: type.pointers + brackets },
    };
  }

  /** The type that tokens `from` to `to` (exclusive) spell. */
  private typeOf(from: number, to: number): CType {
    const { kinds } = this.tokens;
    let name = "";
    let isStruct = false;
    let pointers = 0;
    for (let i = from; i < to; i++) {
      if (kinds[i] === op["*"]) pointers++;
      else if (kinds[i] === op["{"] || kinds[i] === op["("]) i = this.closing(i);
      else if (kinds[i] === T.identifier) {
        const word = this.word(i);
        if (word === "struct" || word === "union") {
          isStruct = true;
          if (kinds[i + 1] === T.identifier && i + 1 < to) name = this.word(++i);
        } else if (
          !/^(static|const|volatile|extern|inline|register|enum)$|^__/.test(word) ||
          /^__[usbl]e?\d/.test(word)
        ) {
          if (!isStruct) name = word;
        }
      }
    }
    return { name, pointers, isStruct };
  }

  /** `struct tag { … }`, `enum { … }`: what stands before `{` at `open`. */
  private typeBody(begin: number, open: number, close: number): void {
    const { kinds } = this.tokens;
    for (let i = begin; i < open; i++) {
      if (kinds[i] !== T.identifier) continue;
      const word = this.word(i);
      if (word === "enum") {
        this.readEnumerators(open + 1, close);
        return;
      }
      if (word === "struct" || word === "union") {
        let tag = i + 1;
        while (tag < open && annotation.test(this.word(tag))) tag++;
        if (tag < open && kinds[tag] === T.identifier) this.structRanges.set(this.word(tag), { open, close });
        else if (kinds[close + 1] === T.identifier)
          this.structRanges.set(this.word(close + 1), { open, close }); // typedef
        return;
      }
    }
  }

  private readEnumerators(from: number, to: number): void {
    const { kinds } = this.tokens;
    let next = 0;
    for (let i = from; i < to; i++) {
      if (kinds[i] !== T.identifier) continue;
      const name = this.word(i);
      if (kinds[i + 1] === op["="]) {
        const from = i + 2;
        while (i < to && kinds[i] !== op[","]) i = kinds[i] === op["("] ? this.closing(i) + 1 : i + 1;
        const value = parseExpression(this.tokens, from, i);
        next = (value && constantOf(value, (name) => this.enumerators.get(name))) ?? Number.NaN;
      } else i++;
      this.enumerators.set(name, next);
      next++;
    }
  }

  private readFields(from: number, to: number, fields: Map<string, CType>): void {
    const { kinds } = this.tokens;
    let begin = from;
    for (let i = from; i < to; i++) {
      const kind = kinds[i]!;
      if (kind >= T.ppIf && kind <= T.ppEndif) {
        if (begin === i) begin = i + 1;
      } else if (kind === op["{"]) {
        const close = this.closing(i);
        // An anonymous member's fields are the struct's own; those of a named one are reached by their names too.
        this.readFields(i + 1, close, fields);
        i = close;
      } else if (kind === op["("]) i = this.closing(i);
      else if (kind === op[";"]) {
        this.readField(begin, i, fields);
        begin = i + 1;
      }
    }
  }

  private readField(from: number, to: number, fields: Map<string, CType>): void {
    const { kinds } = this.tokens;
    let type: CType | undefined;
    for (let i = from; i < to; i++) {
      if (kinds[i] === op["("]) {
        if (kinds[i + 1] === op["*"] && kinds[i + 2] === T.identifier)
          fields.set(this.word(i + 2), { name: "(function)", pointers: 1, isStruct: false });
        return;
      }
      if (kinds[i] === op["{"]) {
        i = this.closing(i);
        continue;
      }
      const next = i + 1 < to ? kinds[i + 1]! : op[";"];
      if (
        kinds[i] === T.identifier &&
        (next === op[";"] || next === op[","] || next === op["["] || next === op[":"])
      ) {
        const declared = this.typeOf(from, i);
        type ??= declared;
        const oneBit = next === op[":"] && this.word(i + 2) === "1";
        const isFlag = (oneBit || type.name === "bool") && declared.pointers === 0;
        fields.set(this.word(i), {
          ...type,
          pointers: declared.pointers + (next === op["["] ? 1 : 0),
          isFlag,
        });
        if (next === op["["]) i = this.closing(i + 1);
        if (next === op[":"]) while (i + 1 < to && kinds[i + 1] !== op[","]) i++;
      }
    }
  }
}
