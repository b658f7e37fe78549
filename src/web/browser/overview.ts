/** Filters and sorts without leaving the page: the server answers as ever, and its table takes the place of ours. */
import { type Answer, showTable } from "./rows.js";

const form = document.querySelector<HTMLFormElement>("#filter");
const text = form?.querySelector<HTMLInputElement>("input[name=q]");
const results = document.querySelector("#results");

let latest = 0;

/** Shows what an address (`?…`) shows; of several asked for at once only the last counts. */
async function show(address: string): Promise<void> {
  const mine = ++latest;
  const isLatest = () => mine === latest;
  try {
    const answer = await fetch(`rows${address}`);
    if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) throw new Error();
    const table = (await answer.json()) as Answer;
    if (!isLatest() || !results) return;
    history.replaceState(null, "", address);
    await showTable(results, table, isLatest);
  } catch {
    if (isLatest()) location.assign(address); // the whole page says what is the matter
  }
}

function address(): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form!)) if (value !== "") query.set(name, String(value));
  return `?${query}`;
}

let pause: ReturnType<typeof setTimeout> | undefined;
form?.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => show(address()), 80);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  show(address());
  form.scrollIntoView(); // as the address that the form has without us
});

results?.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("thead a");
  if (!link || (event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return;
  event.preventDefault();
  const sort = new URL(link.href).searchParams.get("sort");
  let hidden = form?.querySelector<HTMLInputElement>("input[name=sort]");
  if (form && !hidden) {
    hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "sort" });
    form.append(hidden);
  }
  if (hidden) hidden.value = sort ?? "";
  show(link.search === "" ? "?" : link.search);
});

/** `/` goes to the search; j and k go down and up the table. */
document.addEventListener("keydown", (event) => {
  const target = event.target as Element;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
  if (event.key === "/" && text) {
    event.preventDefault();
    text.focus();
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll<HTMLAnchorElement>("#results tbody a")];
    const at = links.indexOf(target as HTMLAnchorElement);
    links[event.key === "j" ? at + 1 : Math.max(0, at - 1)]?.focus();
  }
});
