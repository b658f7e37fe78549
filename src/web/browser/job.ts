/** Live progress of jobs (server-sent events); a page that waits for a job loads again when it ends. */
interface View {
  readonly state: string;
  readonly endedAt: string | null;
  readonly progress: { readonly task: string; readonly done: number; readonly total: number | null } | null;
}

for (const panel of document.querySelectorAll<HTMLElement>("[data-job][data-open=true]")) {
  const bar = panel.querySelector("progress");
  const part = (name: string) => panel.querySelector(`[data-part=${name}]`);
  const events = new EventSource(`/jobs/${panel.dataset.job}/events`);
  events.addEventListener("message", ({ data }) => {
    const { state, endedAt, progress } = JSON.parse(data) as View;
    if (endedAt !== null) {
      events.close();
      location.reload();
      return;
    }
    part("state")?.replaceChildren(state);
    if (!progress || !bar) return;
    const { task, done, total } = progress;
    if (total) {
      bar.max = total;
      bar.value = done;
    } else bar.removeAttribute("value");
    part("words")?.replaceChildren(total ? `${task}: ${done} of ${total}` : task);
  });
}
