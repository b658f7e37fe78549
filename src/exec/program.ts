/** What the executor asks of the code around a function: what a name means there. */

import type { Macro } from "../c/lexer.js";
import type { CFunction, CVariable, Parameter, SourceFile, StructFields } from "../c/source.js";
import type { CType } from "../c/syntax.js";

export interface Program {
  /** The definitions that a call of `name` from `from` may reach and that are worth following; none means: not followed. */
  follow(name: string, from: SourceFile): readonly CFunction[];
  /** Any definition of a function, followed or not, for its types and what it writes. */
  definition(name: string, from: SourceFile): CFunction | undefined;
  variable(name: string, from: SourceFile): CVariable | undefined;
  macro(name: string, from: SourceFile): { readonly macro: Macro; readonly file: SourceFile } | undefined;
  enumerator(name: string, from: SourceFile): number | undefined;
  struct(tag: string, from: SourceFile): StructFields | undefined;
  /** The functions worth following that initialisers or assignments put into a field of that name. */
  throughField(field: string, structTag: string | undefined, from: SourceFile): readonly CFunction[];
  /** The functions that may be in any field of that name, whatever its struct; without a name, in any at all. */
  registered(field: string | undefined): readonly CFunction[];
  /** Whether a call of that name may do more than give a value: it reaches a function worth following for what it does. */
  acts(name: string, from: SourceFile): boolean;
  /** Whether a function worth following is known to be put into any field of that name. */
  leadsOn(field: string): boolean;
  /** Whether a write to a field or global of that name changes what is observed: its value, or one of its bits. */
  touched(name: string): boolean;
  /** The masks, as they are spelt, whose bits of a field or global are worth keeping. */
  bits(word: string): readonly string[];
  /** Whether a field, or a bit of one, of a struct is zero until something that is followed sets it. */
  zeroed(structTag: string, name: string, from: SourceFile): boolean;
  /** Whether failures inside a function are told apart; in others only the call counts. */
  detailed(definition: CFunction): boolean;
  /** Whether anything that is followed ever reads this field or global, so that its value is worth keeping. */
  observed(name: string): boolean;
  /** Whether a field's or global's value is kept even where states are too many to keep the others. */
  vital(name: string): boolean;
}

export type { CFunction, CType, CVariable, Parameter, SourceFile, StructFields };
