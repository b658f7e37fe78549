/** Filters and sorts without leaving the page: the server answers as ever, and its table takes the place of ours. */
const form = document.querySelector<HTMLFormElement>("#filter");
const text = form?.querySelector<HTMLInputElement>("input[name=q]");

let latest = 0;
/** Rows that are put in before the next picture: a thousand at once would be felt. */
const atOnce = 100;

/** Shows what an address shows; of several asked for at once only the last counts. */
async function show(address: string, remember: boolean): Promise<void> {
  const mine = ++latest;
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [ours, theirs] = [document, page].map((each) => each.querySelector("#results"));
  if (mine !== latest) return;
  if (!ours || !theirs) {
    location.assign(address);
    return;
  }
  const rows = [...theirs.querySelectorAll("tbody tr")];
  for (const row of rows.slice(atOnce)) row.remove();
  ours.replaceChildren(...theirs.childNodes);
  if (remember) history.replaceState(null, "", address);
  const body = ours.querySelector("tbody");
  for (let from = atOnce; from < rows.length; from += atOnce) {
    await new Promise(requestAnimationFrame);
    if (mine !== latest) return;
    body?.append(...rows.slice(from, from + atOnce));
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
  pause = setTimeout(() => show(address(), true), 80);
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  show(address(), true);
  form.scrollIntoView(); // as the address that the form has without us
});

document.querySelector("#results")?.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("thead a, .found a");
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
  show(link.href, true);
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
