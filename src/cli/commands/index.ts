/** Every command, in the order in which --help lists them. One command, one file. */
import type { Command } from "commander";
import { register as boot } from "./boot.js";
import { register as mail } from "./mail.js";
import { register as route } from "./route.js";

export const commands: readonly ((program: Command) => void)[] = [boot, route, mail];
