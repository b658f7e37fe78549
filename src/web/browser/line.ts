/** An address can name a line (`#L570`) that its page leaves out: the page of the whole file has it. */
const line = /^#L(\d+)$/.exec(location.hash)?.[1];
const whole = document.querySelector<HTMLElement>(".code[data-whole]")?.dataset.whole;
const isAskedFor = new URLSearchParams(location.search).has("line");
if (line && whole && !isAskedFor && !document.getElementById(`L${line}`))
  location.replace(`${whole}?line=${line}#L${line}`);
