/**
 * The syntax tree of function bodies and initialisers. Offsets (`at`) are into the file's text.
 * Types are kept as far as ownership needs them: the tag of the struct, and how many pointers lead to it.
 */

/** What is known of a declared type. */
export interface CType {
  /** The tag of the struct or union, or the typedef or basic type's name. */
  readonly name: string;
  /** How many `*` (arrays count as one). */
  readonly pointers: number;
  readonly isStruct: boolean;
  /** A flag of one bit, or a bool: only of struct fields. */
  readonly isFlag?: boolean;
}

export type Expression =
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | { readonly kind: "number"; readonly at: number; readonly value: number }
  | { readonly kind: "string"; readonly at: number }
  | {
      readonly kind: "call";
      readonly at: number;
      readonly callee: Expression;
      readonly arguments: readonly Expression[];
      readonly end: number;
    }
  | {
      readonly kind: "unary";
      readonly at: number;
      readonly operator: "!" | "-" | "+" | "~" | "*" | "&" | "++" | "--";
      readonly operand: Expression;
    }
  | {
      readonly kind: "postfix";
      readonly at: number;
      /** "taken": the pointer's value, and NULL stays: `no_free_ptr(p)`. */
      readonly operator: "++" | "--" | "taken";
      readonly operand: Expression;
    }
  | {
      readonly kind: "binary";
      readonly at: number;
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "assign";
      readonly at: number;
      readonly operator: string;
      readonly target: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly at: number;
      readonly condition: Expression;
      readonly then: Expression | undefined;
      readonly otherwise: Expression;
    }
  | {
      readonly kind: "member";
      readonly at: number;
      readonly object: Expression;
      readonly field: string;
      readonly arrow: boolean;
    }
  | { readonly kind: "index"; readonly at: number; readonly object: Expression; readonly index: Expression }
  | { readonly kind: "cast"; readonly at: number; readonly type: CType; readonly operand: Expression }
  | { readonly kind: "type"; readonly at: number; readonly type: CType }
  | { readonly kind: "comma"; readonly at: number; readonly items: readonly Expression[] }
  | { readonly kind: "initializer"; readonly at: number; readonly items: readonly InitializerItem[] }
  | { readonly kind: "block"; readonly at: number; readonly body: Statement };

export interface InitializerItem {
  /** `.driver.pm` is `["driver", "pm"]`; an index is not kept. */
  readonly path: readonly string[];
  readonly value: Expression;
}

export interface Declaration {
  readonly at: number;
  readonly name: string;
  readonly type: CType;
  readonly initial: Expression | undefined;
  /** The name in `__free(name)`: include/linux/cleanup.h. */
  readonly cleanup: string | undefined;
}

export type Statement =
  | { readonly kind: "block"; readonly at: number; readonly body: readonly Statement[] }
  | { readonly kind: "declare"; readonly at: number; readonly declarations: readonly Declaration[] }
  | { readonly kind: "expression"; readonly at: number; readonly expression: Expression }
  | {
      readonly kind: "if";
      readonly at: number;
      readonly condition: Expression;
      readonly then: Statement;
      readonly otherwise: Statement | undefined;
    }
  | { readonly kind: "while"; readonly at: number; readonly condition: Expression; readonly body: Statement }
  | { readonly kind: "do"; readonly at: number; readonly condition: Expression; readonly body: Statement }
  | {
      readonly kind: "for";
      readonly at: number;
      readonly start: Statement | undefined;
      readonly condition: Expression | undefined;
      readonly step: Expression | undefined;
      readonly body: Statement;
    }
  /** `list_for_each_entry(…) body` and its like: the macro decides how often. */
  | {
      readonly kind: "iterate";
      readonly at: number;
      readonly macro: string;
      readonly arguments: readonly Expression[];
      readonly body: Statement;
    }
  | { readonly kind: "switch"; readonly at: number; readonly value: Expression; readonly body: Statement }
  | {
      readonly kind: "case";
      readonly at: number;
      readonly value: Expression | undefined;
      readonly to: Expression | undefined;
    }
  | { readonly kind: "label"; readonly at: number; readonly name: string }
  | { readonly kind: "goto"; readonly at: number; readonly label: string | undefined }
  | { readonly kind: "return"; readonly at: number; readonly value: Expression | undefined }
  | { readonly kind: "break"; readonly at: number }
  | { readonly kind: "continue"; readonly at: number }
  | { readonly kind: "empty"; readonly at: number }
  /** An #if in a body: one of the branches; the first where the condition holds, of two that have one. */
  | {
      readonly kind: "either";
      readonly at: number;
      readonly branches: readonly (readonly Statement[])[];
      readonly condition: Expression | undefined;
    };

/** Why a function's body could not be parsed, and where. */
export interface SyntaxProblem {
  readonly at: number;
  readonly message: string;
}
