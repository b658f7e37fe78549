/** Every command, in the order in which --help lists them. One command, one file. */
import type { Command } from "commander";
import { register as archive } from "./archive.js";
import { register as audit } from "./audit.js";
import { register as boot } from "./boot.js";
import { register as check } from "./check.js";
import { register as dump } from "./dump.js";
import { register as explain } from "./explain.js";
import { register as mail } from "./mail.js";
import { register as prior } from "./prior.js";
import { register as reply } from "./reply.js";
import { register as review } from "./review.js";
import { register as route } from "./route.js";
import { register as search } from "./search.js";
import { register as series } from "./series.js";
import { register as serve } from "./serve.js";
import { register as track } from "./track.js";
import { register as trailers } from "./trailers.js";
import { register as tree } from "./tree.js";
import { register as worker } from "./worker.js";

export const commands: readonly ((program: Command) => void)[] = [
  audit,
  explain,
  dump,
  tree,
  review,
  series,
  boot,
  archive,
  search,
  prior,
  track,
  trailers,
  reply,
  serve,
  check,
  worker,
  route,
  mail,
];
