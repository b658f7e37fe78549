/** The style sheet of the HTML report: the reader's own fonts, light and dark, paper. */
export const htmlStyle = `
:root { --text: #1c2128; --soft: #59636e; --paper: #fff; --panel: #f6f8fa; --line: #d9dee4; --red: #c22130;
  --amber: #8a5a00; --green: #1a7240; --blue: #0a58ca; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --text: #e2e6eb; --soft: #9aa4af; --paper: #12161b; --panel: #1b2027;
  --line: #323a44; --red: #ff7b82; --amber: #e0ad4e; --green: #5fce8c; --blue: #79b0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem 1.25rem 3rem; color: var(--text); background: var(--paper);
  font: 0.9375rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 0.25rem; }
h3 { font-size: 0.9375rem; margin: 1rem 0 0.25rem; }
h4 { font-size: 0.8125rem; margin: 0 0 0.25rem; color: var(--soft); font-weight: 600; }
p { margin: 0.25rem 0 0.75rem; }
code, pre, .path { font: 0.8125rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin: 0.125rem 0; padding: 0.125rem 0.5rem; background: var(--panel); white-space: pre-wrap; border-radius: 4px; }
small { color: var(--soft); font-size: 0.8125rem; }
ul { padding-left: 1.25rem; margin: 0.25rem 0 0.75rem; }
.core, footer { color: var(--soft); }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 0 2.5rem; margin: 1rem 0 1.5rem; }
table { border-collapse: collapse; align-self: start; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.25rem; }
td, th { padding: 0.25rem 0.75rem 0.25rem 0; vertical-align: top; text-align: left; border-top: 1px solid var(--line);
  font-weight: 400; }
th { white-space: nowrap; }
td:last-child { color: var(--soft); font-size: 0.8125rem; padding-right: 0; }
.number { text-align: right !important; font-variant-numeric: tabular-nums; }
.error { color: var(--red); } .warning { color: var(--amber); } .good { color: var(--green); } .nothing { color: var(--line); }
.class { font-weight: 600; white-space: nowrap; }
.explicit-leaky { color: var(--red); } .unknown, .hybrid-partial, .implicit { color: var(--amber); }
.hybrid-full, .devm-action { color: var(--blue); } .managed, .explicit, .none { color: var(--green); }
#controls { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: center; margin-bottom: 0.75rem; }
#controls[hidden] { display: none; }
input, select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
  padding: 0.25rem 0.5rem; }
input { width: 18rem; max-width: 100%; }
output { color: var(--soft); margin-left: auto; }
.row { display: grid; grid-template-columns: minmax(12rem, 1fr) 8rem repeat(var(--hazards), 4.5rem); gap: 0 0.5rem;
  align-items: baseline; }
.headings { position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--line);
  padding: 0.375rem 0 0.375rem 1.25rem; z-index: 1; align-items: end; }
.headings button { font: inherit; font-size: 0.8125rem; line-height: 1.25; color: var(--soft); background: none; border: 0; padding: 0; text-align: left;
  cursor: pointer; }
.headings button[aria-pressed=true] { color: var(--text); font-weight: 600; }
details.driver { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-height: auto 2.1rem; }
details.driver[hidden] { display: none; }
.driver > summary { position: relative; list-style: none; padding: 0.3rem 0 0.3rem 1.25rem; cursor: pointer; }
.driver > summary::-webkit-details-marker { display: none; }
.driver > summary::before { content: "▸"; position: absolute; left: 0.125rem; color: var(--soft); }
.driver[open] > summary::before { content: "▾"; }
summary:hover { background: var(--panel); }
summary:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
.body { padding: 0.25rem 0 1rem 1.25rem; }
.hazard, .release { margin: 0.25rem 0; }
.hazard > summary, .release > summary { cursor: pointer; }
ol { list-style: none; margin: 0.25rem 0 0.5rem 0.25rem; padding: 0; border-left: 2px solid var(--line); }
li { overflow-wrap: anywhere; }
ol > li { position: relative; padding: 0 0 0.5rem 1rem; }
ol > li::before { content: ""; position: absolute; left: -5px; top: 0.5rem; width: 8px; height: 8px; border-radius: 50%;
  background: var(--soft); }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.sides > div { background: var(--panel); border-radius: 6px; padding: 0.5rem 0.75rem; }
.sides p { margin: 0; font-weight: 600; }
@media (max-width: 48rem) { .counts { grid-template-columns: 1fr; } .sides { grid-template-columns: 1fr; }
  .row { display: flex; flex-wrap: wrap; gap: 0 0.75rem; } .row .nothing { display: none; }
  .headings { display: none; } .path { flex-basis: 100%; } td:last-child { display: none; } }
@media print { #controls { display: none; } .headings { position: static; } details.driver { content-visibility: visible; break-inside: avoid; }
  .driver[open] { break-inside: auto; } body { max-width: none; padding: 0; font-size: 9pt; } }
`;
