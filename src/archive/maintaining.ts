/** Who maintains files, by a tree's MAINTAINERS: whose objection counts most. */
import { type Maintainers, parseMaintainers, REST } from "../kernel/maintainers.js";
import { MaintainersIndex } from "../kernel/maintainers-index.js";
import { parsePeople } from "../kernel/maintainers-people.js";
import type { Tree } from "../kernel/tree.js";

/** Names and addresses, lower case, of those who maintain or review any of some files. */
export type Maintaining = (paths: readonly string[]) => ReadonlySet<string>;

/** A tree is asked again and again; its 9,000 patterns cost a tenth of a second. */
const known = new WeakMap<Tree, Maintaining>();

/** Names beside addresses, since people keep theirs when they move. Nobody where there is no MAINTAINERS. */
export function maintaining(tree: Tree | undefined): Maintaining {
  if (!tree) return () => new Set();
  const made = known.get(tree) ?? ofTree(tree);
  known.set(tree, made);
  return made;
}

function ofTree(tree: Tree): Maintaining {
  const text = tree.read("MAINTAINERS")?.toString("utf8");
  if (text === undefined) return () => new Set();
  const isFolder = (path: string) => tree.exists(path) && tree.read(path) === undefined;
  const index = new MaintainersIndex(withoutContents(parseMaintainers(text)), isFolder);
  return (paths) =>
    new Set(
      paths
        .flatMap((path) => index.match(path))
        .filter(({ section }) => section.name !== REST)
        .flatMap(({ section }) => section.entries)
        .filter(({ key }) => key === "M" || key === "R")
        .flatMap(({ value }) => parsePeople(value))
        .flatMap((person) => (person ? [person.name, person.address] : []))
        .filter((each) => each !== "")
        .map((each) => each.toLowerCase()),
    );
}

/** Nobody asks for what patches say here, and Perl's expressions are the dearest to compile. */
function withoutContents({ sections, problems }: Maintainers): Maintainers {
  return {
    sections: sections.map((section) => ({
      ...section,
      entries: section.entries.filter(({ key }) => key !== "K"),
    })),
    problems,
  };
}
