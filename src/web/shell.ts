/** What every page shares: the frame, the style, the way that text becomes HTML. */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { textHtml as mailText } from "../mail/html.js";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export { utc } from "../base/utc.js";
export { escapeHtml, fitting, segment } from "../mail/html.js";
export { html, raw };

export interface PageFrame {
  readonly title: string;
  /** The part of the site that it belongs to; by default the archives of a mail's page, and no part of others. */
  readonly part?: Part;
  /** Where the page stands: the links from the part of the site down to here. */
  readonly navigation?: readonly (readonly [text: string, href: string])[];
  /** An Atom feed of what the page shows. */
  readonly feed?: string;
  /** The address and the present value of the search form. */
  readonly search?: { readonly action: string; readonly value: string };
  /** Mail and code are read in one width of letters, the workbench is not. */
  readonly look?: "mail" | "bench";
  /** Browser modules (src/web/browser) that make the page better; it works without them. */
  readonly scripts?: readonly string[];
  /** Seconds after which a reader without JavaScript asks again: for pages that wait for work. */
  readonly refresh?: number;
}

/** The parts of the site, on every page. */
const parts = [
  ["Drivers", "/tree/"],
  ["Series", "/series/"],
  ["Archives", "/archives/"],
  ["Work", "/jobs/"],
  ["API", "/api/v1/"],
] as const;

type Part = (typeof parts)[number][0];

/** A whole page. */
export function page(frame: PageFrame, body: Html | readonly Html[]): Html {
  const { title, navigation = [], feed, search, look = "mail", scripts = [], refresh } = frame;
  const here = frame.part ?? (look === "mail" ? "Archives" : undefined);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="/_/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/_/style.css">
${feed === undefined ? "" : html`<link rel="alternate" type="application/atom+xml" title="Atom feed" href="${feed}">`}${
  refresh === undefined ? "" : html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`
}${scripts.map((name) => html`<script type="module" src="/_/${name}.js"></script>`)}
</head><body class="${look}"><a class="skip" href="#main">to the content</a><header><nav aria-label="Site"><a class="brand" href="/">treewide</a>${parts.map(([text, href]) => html` <a href="${href}"${text === here ? html` aria-current="true"` : ""}>${text}</a>`)}</nav>${
    search === undefined
      ? ""
      : html`<form action="${search.action}" role="search"><input type="search" name="q" value="${search.value}" aria-label="Search"><button>search</button></form>`
  }${
    navigation.length === 0
      ? ""
      : html`<nav class="here" aria-label="Here">${navigation.map(([text, href]) => html`<a href="${href}">${text}</a> `)}</nav>`
  }</header><main id="main">${body}</main></body></html>
`;
}

/** A mail's text (see mail/html.ts) as a piece of a page. */
export function textHtml(text: string): HtmlEscapedString {
  return raw(mailText(text)) as HtmlEscapedString;
}
