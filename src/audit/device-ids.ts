/**
 * The devices that a pci_driver is for: the entries of its id_table, as probe sees them (include/linux/pci.h,
 * include/linux/mod_devicetable.h). Two drivers may share a probe that tells their devices apart.
 */
import type { CFunction, CVariable } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { DeviceId } from "../ownership/driver-code.js";

/** More kinds of devices than these are not told apart: probe would be executed for each. */
const maximumIds = 8;

/** The macros that fill an entry in, and which argument is the device. */
const deviceArgument: Readonly<Record<string, number>> = {
  PCI_DEVICE: 1,
  PCI_DEVICE_SUB: 1,
  PCI_DEVICE_DRIVER_OVERRIDE: 1,
};

/** The entries of a driver's table; none when its probes do not ask, when there are many, or when one is not understood. */
export function deviceIds(variable: CVariable, probes: readonly CFunction[]): readonly DeviceId[] {
  if (!probes.some(asksForId) || variable.initial?.kind !== "initializer") return [];
  const field = variable.initial.items.find(({ path }) => path[0] === "id_table")?.value;
  const table = field?.kind === "name" ? variable.file.variables.get(field.name) : undefined;
  if (table?.initial?.kind !== "initializer") return [];
  const entries = table.initial.items.map(({ value }) => value).filter((entry) => !isEnd(entry));
  const ids = entries.map((entry) => deviceId(entry, table));
  return ids.length <= maximumIds && ids.every((id) => id !== undefined) ? ids : [];
}

/** Whether a probe looks at its second parameter, the entry that matched. */
function asksForId({ file, parameters, open, close }: CFunction): boolean {
  const name = parameters[1]?.name;
  const { starts, ends, text } = file.tokens;
  return name !== undefined && text.slice(starts[open], ends[close]).includes(`${name}->`);
}

function isEnd(entry: Expression): boolean {
  return (
    (entry.kind === "initializer" &&
      entry.items.every(({ value }) => value.kind === "number" && value.value === 0)) ||
    (entry.kind === "number" && entry.value === 0)
  );
}

function deviceId(entry: Expression, { file }: CVariable): DeviceId | undefined {
  const items = entry.kind === "initializer" ? entry.items : [{ path: [], value: entry }];
  const fields = new Map<string, Expression>();
  for (const { path, value } of items) {
    const argument =
      value.kind === "call" && value.callee.kind === "name" && deviceArgument[value.callee.name];
    if (path.length === 1) fields.set(path[0]!, value);
    else if (typeof argument === "number" && value.kind === "call" && value.arguments[argument])
      fields.set("device", value.arguments[argument]);
    else if (value.kind === "call") return undefined;
  }
  return { fields, file };
}
