/** What every page shares: the frame, the style, the way that text becomes HTML. */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export { html, raw };

export interface PageFrame {
  readonly title: string;
  /** Links at the top: text and address. */
  readonly navigation?: readonly (readonly [text: string, href: string])[];
  /** An Atom feed of what the page shows. */
  readonly feed?: string;
  /** The address and the present value of the search form. */
  readonly search?: { readonly action: string; readonly value: string };
}

/** A whole page. */
export function page(frame: PageFrame, body: Html | readonly Html[]): Html {
  const { title, navigation = [], feed, search } = frame;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="stylesheet" href="/_/style.css">
${feed === undefined ? "" : html`<link rel="alternate" type="application/atom+xml" title="Atom feed" href="${feed}">`}
</head><body><header><nav aria-label="Site">${navigation.map(([text, href]) => html`<a href="${href}">${text}</a> `)}</nav>
${
  search === undefined
    ? ""
    : html`<form action="${search.action}" role="search"><input type="search" name="q" value="${search.value}" aria-label="Search"><button>search</button></form>`
}</header><main>${body}</main></body></html>
`;
}

/** `2026-02-23 15:29`, UTC. */
export function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** A Message-ID as one segment of a path; `@` stays readable. */
export function segment(id: string): string {
  return encodeURIComponent(id).replaceAll("%40", "@");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char]!);

/** Longer texts are cut on pages, with a note; the raw message has them whole (characters). */
export const maxText = 200_000;

/**
 * A mail's text, which is an attacker's text: everything is escaped; only http and https addresses become links;
 * quotations and the lines of diffs get classes.
 */
export function textHtml(text: string, limit = maxText): HtmlEscapedString {
  const shown = text.length > limit ? text.slice(0, limit) : text;
  let inDiff = false;
  const lines = shown.split("\n").map((line) => {
    if (/^(?:diff --git |--- \S|\+\+\+ \S)/.test(line)) inDiff = true;
    else if (line === "-- ") inDiff = false;
    const kind = lineKind(line, inDiff);
    const escaped = linked(line);
    return kind === "" ? escaped : `<span class="${kind}">${escaped}</span>`;
  });
  return raw(lines.join("\n")) as HtmlEscapedString;
}

function lineKind(line: string, inDiff: boolean): string {
  if (line[0] === ">") return "q";
  if (!inDiff) return "";
  if (line.startsWith("diff ") || line.startsWith("--- ") || line.startsWith("+++ ")) return "head";
  if (line[0] === "+") return "add";
  if (line[0] === "-") return "del";
  return line.startsWith("@@") ? "hunk" : "";
}

const address = /https?:\/\/[^\s<>"'`{}|\\^\]]+/g;

function linked(line: string): string {
  if (!line.includes("://")) return escapeHtml(line);
  let html = "";
  let last = 0;
  for (const match of line.matchAll(address)) {
    const url = match[0].replace(/[.,;:!?)]+$/, "");
    html += `${escapeHtml(line.slice(last, match.index))}<a rel="nofollow noreferrer" href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
    last = match.index + url.length;
  }
  return html + escapeHtml(line.slice(last));
}

export const style = `:root{color-scheme:light dark;--bg:#fff;--fg:#1a1a1a;--soft:#5b6570;--link:#0b57a4;--line:#d6dbe0;--add:#176b2c;--del:#a3262a;--hunk:#6f42c1;--here:#fff3bf}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#dfe3e6;--soft:#98a3ad;--link:#7ab8ff;--line:#343a40;--add:#7ee29a;--del:#ff9a9a;--hunk:#c6a5ff;--here:#4a4200}}
body{margin:0 auto;max-width:100ch;padding:0 1rem 3rem;background:var(--bg);color:var(--fg);font:15px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline;justify-content:space-between;border-bottom:1px solid var(--line);padding:.6rem 0;margin-bottom:1rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}a:visited{color:var(--hunk)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;font:inherit;tab-size:8}
h1{font-size:1.15rem;margin:.5rem 0}h2{font-size:1rem;margin:1.5rem 0 .3rem}
dl.mail{display:grid;grid-template-columns:max-content 1fr;gap:0 1ch;margin:0}dl.mail dt{color:var(--soft)}dl.mail dd{margin:0;overflow-wrap:anywhere}
.q,.soft{color:var(--soft)}.add{color:var(--add)}.del{color:var(--del)}.hunk{color:var(--hunk)}.head{font-weight:600}
.here{background:var(--here);color:var(--fg)}ul.plain,ol.plain{list-style:none;padding:0;margin:0}li{overflow-wrap:anywhere}
article{border-top:1px solid var(--line);margin-top:1.5rem;padding-top:.8rem}
input,button{font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:4px;padding:.1rem .5rem}
@media print{header,.noprint{display:none}}
`;
