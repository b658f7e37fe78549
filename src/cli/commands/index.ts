/** Every command, in the order in which --help lists them. One command, one file. */
import type { Command } from "commander";
import { register as archive } from "./archive.js";
import { register as boot } from "./boot.js";
import { register as mail } from "./mail.js";
import { register as prior } from "./prior.js";
import { register as review } from "./review.js";
import { register as route } from "./route.js";
import { register as search } from "./search.js";
import { register as series } from "./series.js";
import { register as track } from "./track.js";
import { register as tree } from "./tree.js";

export const commands: readonly ((program: Command) => void)[] = [
  tree,
  review,
  series,
  boot,
  archive,
  search,
  prior,
  track,
  route,
  mail,
];
