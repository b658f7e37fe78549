/** Every command, in the order in which --help lists them. One command, one file. */
import type { Command } from "commander";
import { register as mail } from "./mail.js";
import { register as route } from "./route.js";
import { register as tree } from "./tree.js";

export const commands: readonly ((program: Command) => void)[] = [tree, route, mail];
