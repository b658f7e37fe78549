/** The files of the tree that an object was made from, as Kbuild keeps them beside it (scripts/basic/fixdep.c). */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Headers that Kbuild makes by compiling (the top Kbuild file): what those were compiled from counts for whoever
 * includes them. `@` is the architecture's folder.
 */
const MADE_FROM: readonly (readonly [header: string, object: string])[] = [
  ["include/generated/asm-offsets.h", "arch/@/kernel/asm-offsets.s"],
  ["include/generated/bounds.h", "kernel/bounds.s"],
  ["include/generated/timeconst.h", "kernel/time/timeconst.s"],
  ["include/generated/rq-offsets.h", "kernel/sched/rq-offsets.s"],
];

const commandFile = (objects: string, object: string) =>
  join(objects, dirname(object), `.${basename(object)}.cmd`);

function prerequisites(objects: string, object: string): readonly string[] {
  const path = commandFile(objects, object);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const source = /^source_\S+ := (\S+)$/m.exec(text)?.[1];
  const list = /^deps_\S+ := \\\n((?:.*\\\n)*.*)/m.exec(text)?.[1] ?? "";
  const files = [...list.matchAll(/^ {2}(\S+?)(?: \\)?$/gm)].map((match) => match[1]!);
  return source ? [source, ...files] : files;
}

/**
 * Reads what an object depends on.
 * @param source the folder of the sources, absolute.
 * @param objects the folder of the build.
 * @param architecture the folder below arch/.
 * @returns paths from the top of the tree, each once; of generated files, what they were made from.
 */
export function dependenciesOf(
  source: string,
  objects: string,
  object: string,
  architecture: string,
): readonly string[] {
  const direct = prerequisites(objects, object);
  const made = MADE_FROM.filter(([header]) => direct.some((path) => path.endsWith(header))).flatMap(
    ([, from]) => prerequisites(objects, from.replace("@", architecture)),
  );
  const inTree = [...direct, ...made].filter((path) => path.startsWith(`${source}/`));
  return [...new Set(inTree.map((path) => path.slice(source.length + 1)))];
}
