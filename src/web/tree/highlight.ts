/** C in colours, made on the server: escaped text with classes, line by line. */
import highlighter from "highlight.js/lib/core";
import c from "highlight.js/lib/languages/c";

highlighter.registerLanguage("c", c);

/** Classes that the style sheet knows; the others would only be weight. */
const known = /^hljs-(?:comment|keyword|type|literal|string|number|meta|title)\b/;

/**
 * The lines of a piece of C as HTML. What spans lines (comments, macros) is closed and opened again at each.
 * @param code begins outside of comments and strings
 */
export function highlightLines(code: string): string[] {
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
