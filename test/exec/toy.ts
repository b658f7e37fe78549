/** A program of one file, for tests of the executor by itself. */
import type { SourceFile } from "../../src/c/source.js";
import type { Model } from "../../src/exec/model.js";
import type { Program } from "../../src/exec/program.js";
import type { Domain } from "../../src/exec/state.js";

export const nothing: Domain = { number: 0 };
export const model: Model<Domain> = {
  primitive: () => undefined,
  keepsCell: () => false,
  tracksFailure: () => false,
  trustsPointers: () => false,
  describe: () => "",
};

/** One file, in which every field counts and nobody says what a call through a pointer reaches. */
export function program(file: SourceFile): Program {
  return {
    follow: (name) => file.functions.get(name) ?? [],
    registered: () => [],
    definition: (name) => file.functions.get(name)?.[0],
    variable: (name) => file.variables.get(name),
    macro: () => undefined,
    enumerator: () => undefined,
    struct: (tag) => file.struct(tag),
    throughField: () => [],
    acts: (name) => file.functions.has(name),
    leadsOn: () => true,
    touched: () => true,
    bits: () => [],
    zeroed: () => false,
    detailed: () => true,
    observed: () => true,
    vital: () => true,
  };
}
