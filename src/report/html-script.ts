/** The script of the HTML report: filters and sorts the drivers that are there. */
export const htmlScript = `
(() => {
  const list = document.getElementById("drivers");
  const drivers = [...list.children];
  const [text, name, hazard, shown] = ["text", "class", "hazard", "shown"].map((id) => document.getElementById(id));
  const value = (driver, key) => driver.getAttribute("data-" + key);
  const filter = () => {
    const words = text.value.toLowerCase().split(/\\s+/);
    let count = 0;
    for (const driver of drivers) {
      const known = value(driver, "driver").toLowerCase();
      const fits = words.every((word) => known.includes(word)) && (!name.value || value(driver, "class") === name.value) &&
        (!hazard.value || value(driver, hazard.value) > 0);
      driver.hidden = !fits;
      if (fits) count++;
    }
    shown.textContent = count + " of " + drivers.length + " drivers";
  };
  const buttons = [...document.querySelectorAll("[data-sort]")];
  for (const button of buttons) button.addEventListener("click", () => {
    const key = button.dataset.sort;
    const again = button.getAttribute("aria-pressed") === "true";
    for (const other of buttons) other.setAttribute("aria-pressed", other === button && !again);
    const order = (a, b) => value(a, "order") - value(b, "order");
    const by = again || key === "order" ? order : key === "driver"
      ? (a, b) => value(a, key).localeCompare(value(b, key))
      : (a, b) => value(b, key) - value(a, key) || order(a, b);
    list.append(...drivers.sort(by));
  });
  const form = document.getElementById("controls");
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
`;
