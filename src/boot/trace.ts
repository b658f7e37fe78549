/** What the guest's console says, line by line: calls, returns, steps of a driver, and the kernel's own messages. */

/** The flags of `struct pci_dev` that say who owns the vectors and which there are. */
export interface DeviceFlags {
  /** `is_managed` */
  readonly managed: boolean;
  /** `is_msi_managed`; false in a tree that has none. */
  readonly release: boolean;
  /** `msi_enabled` */
  readonly msi: boolean;
  /** `msix_enabled` */
  readonly msix: boolean;
}

/** The enable bits of the two capabilities, as the device itself has them. */
export interface CapabilityRegisters {
  readonly msi: boolean;
  readonly msix: boolean;
}

export type TraceLine =
  /** A traced function was entered; `flags` are those before it did anything. */
  | {
      readonly kind: "call";
      readonly function: string;
      readonly from: string;
      readonly flags: DeviceFlags;
      readonly irq?: number;
      /** The devres action that is added. */
      readonly action?: string;
    }
  | {
      readonly kind: "return";
      readonly function: string;
      readonly flags: DeviceFlags;
      readonly value: number;
    }
  /** A test driver did something, or the script asked for the device's state (`what` is then "show"). */
  | {
      readonly kind: "step";
      readonly what: string;
      readonly flags: DeviceFlags;
      readonly enabled: boolean;
      readonly registers: CapabilityRegisters;
      readonly value: number;
    }
  /** The script did something; `errno` is 0 for success. */
  | { readonly kind: "did"; readonly verb: string; readonly target: string; readonly errno: number }
  | { readonly kind: "case"; readonly id: string }
  /** A call of a function that the script named came back; `from` is the return address as the kernel writes it. */
  | { readonly kind: "returned"; readonly function: string; readonly from: string; readonly value: number }
  /** The n-th allocation of the next bind will fail, or the n-th call of a function. */
  | { readonly kind: "nth"; readonly n: number; readonly driver: string; readonly call?: string }
  /** `left` allocations or calls were still to pass when bind returned: above 0, none failed. */
  | { readonly kind: "nth-did"; readonly errno: number; readonly left: number }
  /** The script asked which driver each device has. */
  | { readonly kind: "device"; readonly address: string; readonly driver: string }
  /** The script asked which drivers there are: where the probe function is, and what the sources call the two. */
  | {
      readonly kind: "driver";
      readonly name: string;
      readonly address: bigint;
      readonly probe: string;
      readonly variable: string;
    }
  /** A function that the kernel has not, or that gcc inlined. */
  | { readonly kind: "untraced"; readonly function: string }
  | { readonly kind: "message"; readonly text: string };

const OURS = /(?:^|\] )tw: (\S+) ?(.*)$/;

/** Reads one line of the console. */
export function parseTraceLine(line: string): TraceLine {
  const match = OURS.exec(line);
  return (match && ours(match[1]!, match[2]!)) ?? { kind: "message", text: line };
}

function ours(kind: string, rest: string): TraceLine | undefined {
  const [name = ""] = rest.split(" ", 1);
  const fields = new Map([...rest.matchAll(/(\w+)=(\S+)/g)].map((match) => [match[1]!, match[2]!]));
  const number = (field: string) => Number(fields.get(field) ?? Number.NaN);
  const flag = (field: string) => fields.get(field) === "1";
  const flags = { managed: flag("managed"), release: flag("release"), msi: flag("msi"), msix: flag("msix") };
  switch (kind) {
    case "call": {
      const action = fields.get("action");
      return {
        kind,
        function: name,
        from: plainName(fields.get("from") ?? ""),
        flags,
        ...(fields.has("irq") && { irq: number("irq") }),
        ...(action && { action: plainName(action) }),
      };
    }
    case "return":
      return { kind, function: name, flags, value: number("ret") };
    case "returned":
      return { kind, function: name, from: fields.get("from") ?? "", value: asInt(number("value")) };
    case "step":
      return {
        kind,
        what: name,
        flags,
        enabled: flag("enabled"),
        registers: { msi: flag("msi_register"), msix: flag("msix_register") },
        value: number("ret"),
      };
    case "did":
      if (name === "nth") return { kind: "nth-did", errno: number("errno"), left: number("left") };
      return { kind, verb: name, target: withSpaces(rest.split(" ")[1] ?? ""), errno: number("errno") };
    case "case":
      return { kind, id: name };
    case "nth":
      return {
        kind,
        n: Number(name),
        driver: withSpaces(fields.get("driver") ?? ""),
        ...(fields.has("call") && { call: fields.get("call")! }),
      };
    case "device":
      return { kind, address: name, driver: withSpaces(fields.get("driver") ?? "") };
    case "driver":
      return {
        kind,
        name: withSpaces(name),
        address: BigInt(`0x${fields.get("at") ?? "0"}`),
        probe: plainName(fields.get("probe") ?? ""),
        variable: plainName(fields.get("variable") ?? ""),
      };
    case "untraced":
      return { kind, function: name };
    default:
      return undefined;
  }
}

/** A driver's name as the script and the console have it: both are split at spaces. */
export const withoutSpaces = (name: string): string => name.replaceAll(" ", "%20");
const withSpaces = (name: string): string => name.replaceAll("%20", " ");

/** An int comes back in half a register, and what is in the other half is undefined: mostly zero. */
const asInt = (value: number) => (value >= 2 ** 31 && value < 2 ** 32 ? value - 2 ** 32 : value);

/** `e1000_probe.part.0+0x1c/0x40 [e1000e]` is the function `e1000_probe`. */
function plainName(symbol: string): string {
  return symbol.replace(/\+0x.*$/, "").replace(/\.(part|constprop|isra|cold)(\.\d+)*.*$/, "");
}
