/**
 * Runs a program over a text: one step a character, whatever the expression. The sets of places in which the machine
 * can be are kept as states, with what each character makes of them, so that most steps are two look-ups (Cox,
 * "Regular expression matching in the wild", 2010).
 */
import { toRegExp } from "oniguruma-to-es";
import type { Instruction, Program } from "./pattern-program.js";

/** Characters that belong to the same sets are of one class. */
interface CharacterClass {
  readonly number: number;
  readonly sets: readonly boolean[];
  readonly word: boolean;
}

interface State {
  /** Places of the program before the next character. */
  readonly places: readonly number[];
  readonly before: "start" | "word" | "other";
  /** By class: the state after it; null: it matches. */
  readonly after: (State | null | undefined)[];
}

/** States that are kept; with more of them all are forgotten, and it begins anew from where it is. */
const MOST_STATES = 1000;
/** The class of the text's end. */
const END: CharacterClass = { number: 0, sets: [], word: false };

const WORD = toRegExp("\\A\\w\\z", { target: "ES2024" });

export class Machine {
  private readonly classes: CharacterClass[] = [END];
  private readonly classNumbers = new Map<string, number>();
  /** By code unit: the class' number, 0 when not yet known. */
  private readonly known = new Uint16Array(0x10000);
  private states = new Map<string, State>();
  private start: State;

  constructor(private readonly program: Program) {
    this.start = this.state([program.start], "start");
  }

  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean {
    let state = this.start;
    for (let at = 0; at <= text.length; at++) {
      const unit = text.charCodeAt(at); // NaN at the end
      let number = at < text.length ? this.known[unit]! : END.number;
      if (number === 0 && at < text.length) {
        const character = String.fromCodePoint(text.codePointAt(at)!);
        if (character.length > 1) at++;
        number = this.classOf(character, unit);
      }
      let after = state.after[number];
      if (after === undefined) {
        after = this.step(state, this.classes[number]!);
        state.after[number] = after;
      }
      if (after === null) return true;
      state = after;
    }
    return false;
  }

  private step({ places, before }: State, next: CharacterClass): State | null {
    const seen = new Set<number>();
    const after = new Set<number>();
    const open = [...places];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const instruction = this.program.instructions[place]!;
      switch (instruction.kind) {
        case "match":
          return null;
        case "take":
          if (next.sets[instruction.set]) after.add(instruction.next);
          break;
        case "fork":
          open.push(instruction.next, instruction.other);
          break;
        case "assert":
          if (holds(instruction, before, next)) open.push(instruction.next);
      }
    }
    after.add(this.program.start);
    return this.state(
      [...after].sort((a, b) => a - b),
      next.word ? "word" : "other",
    );
  }

  private state(places: readonly number[], before: State["before"]): State {
    const key = `${before} ${places.join(" ")}`;
    const known = this.states.get(key);
    if (known) return known;
    if (this.states.size >= MOST_STATES) {
      this.states = new Map();
      this.start = this.state([this.program.start], "start");
    }
    const state: State = { places, before, after: [] };
    this.states.set(key, state);
    return state;
  }

  private classOf(character: string, unit: number): number {
    const sets = this.program.sets.map((set) => set.test(character));
    const word = WORD.test(character);
    const key = `${word} ${sets.join()}`;
    const number = this.classNumbers.get(key) ?? this.classes.length;
    if (number === this.classes.length) {
      this.classNumbers.set(key, number);
      this.classes.push({ number, sets, word });
    }
    if (character.length === 1) this.known[unit] = number;
    return number;
  }
}

function holds(
  { what }: Extract<Instruction, { kind: "assert" }>,
  before: State["before"],
  next: CharacterClass,
): boolean {
  switch (what) {
    case "start":
      return before === "start";
    case "end":
      return next === END;
    case "word-boundary":
      return (before === "word") !== next.word;
    case "no-word-boundary":
      return (before === "word") === next.word;
  }
}
