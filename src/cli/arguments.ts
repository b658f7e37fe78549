/** What options of more than one command take. */
import { InvalidArgumentError } from "commander";

/** A count: 1 to 9999. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("a number from 1 is needed");
  return Number(text);
}
