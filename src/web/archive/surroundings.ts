/** What the rest of the server knows of mails. */
import type { TouchedDriver } from "./message-view.js";

export interface Surroundings {
  /** The audited drivers that a mail's diff touches. */
  readonly drivers: (text: string) => readonly TouchedDriver[];
  /** Changes whenever the answers of `drivers` may. */
  readonly version: () => string;
}

export const alone: Surroundings = { drivers: () => [], version: () => "" };
