/** What a conversion is: from one call of an old interface to edits that give its vectors an owner, or the reason why not. */
import type { Edit } from "../edit.js";
import type { BodyTokens } from "./tokens.js";

export interface Site {
  readonly body: BodyTokens;
  /** The token of the called name. */
  readonly call: number;
}

export type Converted = readonly Edit[] | { readonly why: string };

export interface Conversion {
  readonly name: string;
  /** The calls that it replaces. */
  readonly apis: readonly string[];
  /** Pure and idempotent: on its own result there is no call left that it replaces. */
  convert(site: Site): Converted;
}

export function refused(converted: Converted): converted is { readonly why: string } {
  return "why" in converted;
}
