/** A button beside each command that a person may want to paste. */
for (const block of document.querySelectorAll<HTMLElement>("pre[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `copy the ${block.dataset.copy}`;
  button.addEventListener("click", async () => {
    const text = (block.textContent ?? "").replace(/^ {2,4}/gm, "").trim();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      getSelection()?.selectAllChildren(block); // not allowed: at least it is selected
      button.textContent = "selected: press Ctrl-C";
    }
  });
  block.before(button);
}
