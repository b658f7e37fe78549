/**
 * What one executor works out of each function, once: the part of it that is walked, what it touches, what its branches
 * guard, and its nodes made ready.
 */
import type { CFunction } from "../c/source.js";
import { typeOf } from "./cells.js";
import type { Executor } from "./executor.js";
import { Footprints } from "./footprint.js";
import { Guards } from "./guards.js";
import { Routine } from "./routine.js";
import { type Effects, type Slice, slice } from "./slice.js";
import type { Domain } from "./state.js";

export class Prepared<D extends Domain> {
  readonly footprints: Footprints;
  readonly guards: Guards;
  private readonly slices = new Map<CFunction, Slice>();
  private readonly routines = new Map<CFunction, Routine<D>>();

  constructor(private readonly x: Executor<D>) {
    const { program, model, facts } = x;
    this.footprints = new Footprints({
      slice: (definition) => this.slice(definition),
      named: (name, from) => program.follow(name, from),
      through: (field) => program.registered(field),
      hidden: (name) => model.callees?.(name) ?? [],
      number: (name) => (program.touched(name) || model.givesField?.(name) ? facts.subjectNumber(name) : -1),
    });
    this.guards = new Guards({
      primitive: (name) => model.deeds?.(name),
      callees: (callee, { file }) => {
        if (callee.kind === "member") return program.registered(callee.field);
        if (callee.kind !== "name") return [];
        return [...program.follow(callee.name, file), ...(model.callees?.(callee.name) ?? [])];
      },
      graph: (definition) => this.slice(definition).graph,
    });
  }

  /** A function made ready to be walked. */
  routine(definition: CFunction): Routine<D> {
    let routine = this.routines.get(definition);
    if (!routine) {
      routine = new Routine(this.x, definition, this.slice(definition));
      this.routines.set(definition, routine);
    }
    return routine;
  }

  /** Notes that a function called another that nobody could foresee: what both touch is void. */
  foresee(caller: CFunction, callee: CFunction): void {
    this.footprints.add(caller, callee);
    for (const routine of this.routines.values()) routine.forgetMasks();
  }

  /** The part of a function that can make a difference here. */
  private slice(definition: CFunction): Slice {
    let found = this.slices.get(definition);
    if (!found) {
      const { program, model } = this.x;
      const effects: Effects = {
        callActs: (name) => model.primitive(name) !== undefined || program.acts(name, definition.file),
        callCounts: (name) =>
          model.primitive(name) !== undefined || program.follow(name, definition.file).length > 0,
        fieldActs: (field) => program.leadsOn(field),
        writeCounts: (holder, name) => model.keepsCell(`${holder}.${name}`) || program.touched(name),
      };
      found = slice(definition, effects, (e) => typeOf(e, { definition }, program)?.name);
      this.slices.set(definition, found);
    }
    return found;
  }
}
