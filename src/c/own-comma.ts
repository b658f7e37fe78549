/** Macros in initialisers that bring the comma behind them, such as SYSTEM_SLEEP_PM_OPS() (include/linux/pm.h). */
import type { InitializerItem } from "./syntax.js";

/** `OPS(a, b) .field = value`: the macro, and the item behind it, which look like one assignment; any other item as it is. */
export function separated(item: InitializerItem): InitializerItem[] {
  const { path, value } = item;
  if (path.length > 0 || value.kind !== "assign" || value.operator !== "=") return [item];
  const fields: string[] = [];
  let before = value.target;
  for (; before.kind === "member" && !before.arrow; before = before.object) fields.unshift(before.field);
  if (before.kind !== "call" || fields.length === 0) return [item];
  return [
    { path: [], value: before },
    { path: fields, value: value.value },
  ];
}
