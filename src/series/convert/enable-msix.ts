/**
 * pci_enable_msix_range() and pci_enable_msix_exact() to pcim_alloc_irq_vectors(…, PCI_IRQ_MSIX), where the driver asks
 * for the entries 0, 1, 2, … of the table: that is what is allocated without a list of entries
 * (msix_setup_msi_descs(), drivers/pci/msi/msi.c). The interrupt numbers, which the old calls stored in the list, are
 * then stored by the driver.
 */
import { type Edit, lineAt, lineEnd } from "../edit.js";
import { realign } from "./align.js";
import type { Conversion, Site } from "./conversion.js";
import { literally } from "./literally.js";
import { type Checked, checkResult } from "./result.js";
import { isReadAfter, successOf } from "./value.js";

export const enableMsix: Conversion = {
  name: "enable-msix",
  apis: ["pci_enable_msix_range", "pci_enable_msix_exact"],
  convert(site) {
    const { body, call } = site;
    const { text } = body.file;
    const exact = body.words[call] === "pci_enable_msix_exact";
    const checked = checkResult(site, !exact);
    if ("why" in checked) return checked;
    const open = call + 1;
    const close = body.closing(open);
    const [device, entries, least, most = least] = body.argumentTexts(open);
    const asked = askedFor(site, entries!, least!, most!);
    if ("why" in asked) return asked;
    if (!checked.onFailure || !checked.variable || !leaves(body.words, checked.onFailure))
      return { why: "the place where it has succeeded is not clear" };
    if (asked.index !== undefined && isReadAfter(body, asked.index, successOf(site, checked.onFailure)))
      return { why: `${asked.index} is needed after it, so the interrupt numbers cannot be stored with it` };
    const counts = asked.index === undefined ? undefined : exact ? least! : checked.variable;
    const end = lineEnd(text);
    const last = lineAt(text, body.start(checked.onFailure.to));
    const indent = /^[ \t]*/.exec(text.slice(lineAt(text, body.start(call)).start))![0];
    const store =
      asked.index === undefined
        ? `${indent}${asked.entry}.vector = pci_irq_vector(${device}, 0);${end}`
        : `${indent}for (${asked.index} = 0; ${asked.index} < ${counts}; ${asked.index}++)${end}` +
          `${indent}\t${entries}[${asked.index}].vector = pci_irq_vector(${device}, ${asked.index});${end}`;
    const list = `${least}, ${most}, PCI_IRQ_MSIX`;
    const first = body.words.indexOf(",", open);
    const moved: readonly Edit[] = text.slice(body.end(open), body.start(close)).includes("\n")
      ? rewrapped(site, `${device}, ${least}, ${most},`, "PCI_IRQ_MSIX")
      : [{ at: body.end(first), end: body.start(close), text: ` ${list}` }];
    return [
      { at: body.start(call), end: body.end(call), text: "pcim_alloc_irq_vectors" },
      ...moved,
      ...checked.edits,
      { at: last.end, end: last.end, text: `${end}${store}` },
    ];
  },
};

type Statement = NonNullable<Checked["onFailure"]>;

/** Whether a statement, or the last one of a block, is a jump. */
function leaves(words: readonly string[], { from, to }: Statement): boolean {
  const isBlock = words[from] === "{";
  const last = isBlock ? words.lastIndexOf(";", to - 2) + 1 : from;
  const start = isBlock ? Math.max(last, from + 1) : from;
  return /^(goto|return)$/.test(words[start]!);
}

/** An argument list that was on more than one line, on two. */
function rewrapped({ body, call }: Site, firstLine: string, secondLine: string): Edit[] {
  const { text } = body.file;
  const open = call + 1;
  const close = body.closing(open);
  const by = "pcim_alloc_irq_vectors".length - body.words[call]!.length;
  const [newline] = realign(text, body.start(open), body.end(close), by);
  const white = newline?.text ?? "\t\t";
  return [
    { at: body.end(open), end: body.start(close), text: `${firstLine}${lineEnd(text)}${white}${secondLine}` },
  ];
}

type Asked =
  | { readonly entry: string; readonly index: undefined }
  | { readonly entry: undefined; readonly index: string };

/** Which entries a driver asks for: one, at 0, or those that a loop before the call numbers from 0 on. */
function askedFor(
  { body, call }: Site,
  entries: string,
  least: string,
  most: string,
): Asked | { readonly why: string } {
  const before = body.file.text.slice(body.start(0), body.start(call));
  if (entries.startsWith("&") && least === "1" && most === "1") {
    const entry = entries.slice(1);
    const set = new RegExp(`${literally(entry)}\\s*\\.\\s*entry\\s*=\\s*([^;]+);`).exec(before);
    if (set && set[1]!.trim() !== "0") return { why: `it asks for entry ${set[1]} of the table` };
    if (!set && !startsAtZero(body.file.text, entry))
      return { why: `which entry of the table ${entry} asks for is not seen` };
    return { entry, index: undefined };
  }
  const loop = new RegExp(
    `${literally(entries)}\\s*\\[\\s*(\\w+)\\s*\\]\\s*\\.\\s*entry\\s*=\\s*([^;]+);`,
  ).exec(before);
  if (!loop) return { why: `which entries of the table ${entries} asks for is not seen` };
  if (loop[2]!.trim() !== loop[1])
    return { why: `it asks for the entries ${loop[2]} of the table, not for 0, 1, 2, …` };
  if (!new RegExp(`for\\s*\\(\\s*${loop[1]}\\s*=\\s*0\\s*;`).test(before))
    return { why: `the loop that numbers ${entries} does not begin at 0` };
  return { entry: undefined, index: loop[1]! };
}

/** A member of a structure that is allocated zeroed, and never set: nobody in the file assigns its entry. */
function startsAtZero(text: string, entry: string): boolean {
  const field = entry.split(/->|\./).at(-1)!;
  return !new RegExp(`\\b${literally(field)}\\s*\\.\\s*entry\\s*=`).test(text);
}
