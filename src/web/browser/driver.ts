/** Follows a witness without loading the page again: the step that is clicked, or reached with j and k, lights up. */
const list = document.querySelector<HTMLElement>("[data-journey]");
const items = [...document.querySelectorAll<HTMLElement>("[data-journey] > [data-step]")];
const at = document.querySelector<HTMLElement>("[data-part=at]");
let now = items.findIndex((item) => item.classList.contains("now")) + 1;

/** Whether steps and source stand side by side: as in the style sheet. */
const isBeside = matchMedia("(width > 62rem)");

const linkOf = (item: HTMLElement | undefined) => item?.querySelector<HTMLAnchorElement>("a");

function go(step: number, remember = true): void {
  const item = items[step - 1];
  const link = linkOf(item);
  if (!item || !link) return;
  now = step;
  for (const each of items) {
    each.classList.toggle("now", each === item);
    if (each === item) each.setAttribute("aria-current", "step");
    else each.removeAttribute("aria-current");
  }
  for (const each of document.querySelectorAll<HTMLElement>(".code .now")) each.classList.remove("now");
  for (const say of document.querySelectorAll<HTMLElement>(`.code .say[data-step="${step}"]`))
    say.classList.add("now");
  const line = document.getElementById(link.hash.slice(1));
  line?.classList.add("now");
  line?.scrollIntoView({ block: "center", behavior: remember ? smooth() : "auto" });
  if (isBeside.matches) item.scrollIntoView({ block: "nearest" }); // else it would take the line out of sight
  at?.replaceChildren(`step ${step} of ${items.length}`);
  if (remember) history.replaceState(null, "", link.href);
}

const smooth = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

/** A link within this page, clicked as usual. */
function isOurs(event: MouseEvent, link: HTMLAnchorElement): boolean {
  return !event.ctrlKey && !event.metaKey && !event.shiftKey && link.pathname === location.pathname;
}

list?.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  const item = link?.closest<HTMLElement>("[data-step]");
  if (!link || !item || !isOurs(event, link)) return;
  event.preventDefault();
  go(Number(item.dataset.step));
});

document.querySelector(".stepper")?.addEventListener("click", (event) => {
  const way = (event.target as Element).closest<HTMLElement>("a");
  if (!way) return;
  event.preventDefault();
  go(now + (way.dataset.go === "next" ? 1 : -1));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.target as Element).matches("input, select, textarea")) return;
  if (event.key === "j") go(now + 1);
  else if (event.key === "k") go(now - 1);
});

if (now > 0) go(now, false);
