/** C in colours, made on the server: escaped text with classes, line by line. */
import highlighter from "highlight.js/lib/core";
import c from "highlight.js/lib/languages/c";
import { escapeHtml } from "../shell.js";

highlighter.registerLanguage("c", c);

/** Classes that the style sheet knows; the others would only be weight. */
const known = /^hljs-(?:comment|keyword|type|literal|string|number|meta|title)\b/;

/** highlight.js looks at a word once from each of its letters: 12 million looks take it less than a second. */
const maxLooks = 12_000_000;
/** Data in C (tables of numbers, a line of quotes) grows twentyfold in colours; beyond this it stays plain (characters). */
const maxColoured = 180_000;

/**
 * The lines of a piece of C as HTML; in plain letters when colours would cost too much time, or too large a page. What spans lines (comments, macros) is closed and opened again at each.
 * @param code begins outside of comments and strings
 */
export function highlightLines(code: string): string[] {
  const coloured = looks(code) > maxLooks ? undefined : colouredLines(code);
  const size = coloured?.reduce((sum, line) => sum + line.length, 0) ?? Infinity;
  return coloured && size <= maxColoured ? coloured : code.split("\n").map(escapeHtml);
}

function looks(code: string): number {
  let sum = 0;
  for (const [word] of code.matchAll(/\w+/g)) sum += word.length ** 2;
  return sum;
}

function colouredLines(code: string): string[] {
  const { value } = highlighter.highlight(code, { language: "c", ignoreIllegals: true });
  const open: string[] = [];
  return value.split("\n").map((line) => {
    let html = open.join("");
    for (const [part] of line.matchAll(/<span class="[^"]*">|<\/span>|[^<]+/g)) {
      if (part === "</span>") html += open.pop() === "" ? "" : part;
      else if (part.startsWith("<")) {
        const name = part.slice(13, -2);
        const tag = known.test(name) ? `<span class="${name.split(" ")[0]}">` : "";
        open.push(tag);
        html += tag;
      } else html += part;
    }
    return html + open.map((tag) => (tag === "" ? "" : "</span>")).join("");
  });
}
