/** The result of routing as text and as JSON. */
import { printable } from "../base/printable.js";
import { formatPerson } from "../kernel/maintainers-people.js";
import { type Recipient, roleText } from "./route.js";

export interface Routed {
  /** A path of the tree, or a patch's subject. */
  readonly item: string;
  readonly recipients: readonly Recipient[];
}

/** JSON `treewide.route/1`; `reasons` is more than the first ground. */
export function routeJson(items: readonly Routed[]): string {
  return `${JSON.stringify({ schema: "treewide.route/1", items }, null, 2)}\n`;
}

/** One recipient a line in the script's words, under the item's name when there are several items. */
export function routeText(items: readonly Routed[], explain: boolean): string {
  return items
    .map(({ item, recipients }) => {
      const lines = recipients.flatMap((recipient) => [
        printable(`${formatPerson(recipient)} (${scriptRole(recipient)})`),
        ...(explain
          ? recipient.reasons.map((reason) => printable(`    ${roleText(reason)}, because ${reason.because}`))
          : []),
      ]);
      if (lines.length === 0) lines.push("nobody: MAINTAINERS names no section for it");
      return items.length > 1
        ? [printable(item), ...lines.map((line) => `  ${line}`)].join("\n")
        : lines.join("\n");
    })
    .map((block) => `${block}\n`)
    .join(items.length > 1 ? "\n" : "");
}

/**
 * The role as get_maintainer.pl prints it: the first section's, and whether a file names the address too.
 */
export function scriptRole({ role, reasons }: Recipient): string {
  const also = role !== "in file" && reasons.some((reason) => reason.role === "in file") ? ",in file" : "";
  return roleText(reasons[0]!) + also;
}
