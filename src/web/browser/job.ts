/**
 * Live progress of jobs (server-sent events); a page that waits for a job loads again when it ends. All jobs of a page
 * share one stream, and a page that nobody looks at has none: a browser has six connections to a server.
 */
interface View {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  readonly endedAt: string | null;
  readonly progress: { readonly task: string; readonly done: number; readonly total: number | null } | null;
}

const panels = new Map(
  [...document.querySelectorAll<HTMLElement>("[data-job][data-open=true]")].map((each) => [
    each.dataset.job,
    each,
  ]),
);
let events: EventSource | undefined;

function watch(): void {
  events?.close();
  if (document.hidden || panels.size === 0) return;
  events = new EventSource(`/jobs/events?${[...panels.keys()].map((id) => `id=${id}`).join("&")}`);
  events.addEventListener("message", ({ data }) => update(JSON.parse(data) as View));
}

function update({ id, title, state, endedAt, progress }: View): void {
  const panel = panels.get(id);
  if (!panel) return;
  if (endedAt !== null) {
    events?.close();
    location.reload();
    return;
  }
  const part = (name: string) => panel.querySelector(`[data-part=${name}]`);
  part("state")?.replaceChildren(state);
  panel.className = `job ${state}`;
  if (state !== "running") return;
  const bar = panel.querySelector("progress") ?? newBar(panel, title);
  part("words")?.replaceChildren("starting");
  if (!progress) return;
  const { task, done, total } = progress;
  if (total) {
    bar.max = total;
    bar.value = done;
  } else bar.removeAttribute("value");
  part("words")?.replaceChildren(total ? `${task}: ${done} of ${total}` : task);
}

/** A job that waited for its turn has none yet. */
function newBar(panel: HTMLElement, title: string): HTMLProgressElement {
  const bar = document.createElement("progress");
  bar.ariaLabel = title;
  panel.querySelector("[data-part=words]")?.before(bar);
  return bar;
}

document.addEventListener("visibilitychange", watch);
// Leaves no stream behind a page that the browser keeps for the back button.
addEventListener("pagehide", () => events?.close());
addEventListener("pageshow", watch);
