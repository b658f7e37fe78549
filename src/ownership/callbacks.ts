/**
 * How frameworks call back into a driver, as rows: which callbacks come in pairs, and what may not happen in between.
 * Sources: Documentation/driver-api/pm/devices.rst, Documentation/PCI/pci-error-recovery.rst, the kerneldoc of
 * struct net_device_ops, struct pci_driver and struct vdpa_config_ops; drivers/usb/core/hcd.c for struct hc_driver, which
 * drivers/usb/host/xhci.c fills from struct xhci_driver_overrides.
 */

export interface CallbackRule {
  /** Struct tags in which the field is meant; empty: any. */
  readonly structs: readonly string[];
  readonly field: RegExp;
  /** The phase that the callback begins, or ends. */
  readonly enters?: string;
  readonly leaves?: string;
  /** Runs in this phase only, when the driver has it. */
  readonly during?: string;
  /** A result after which nothing but remove is called. */
  readonly givesUp?: number;
  /** Runs when the machine goes down: nothing comes after it. */
  readonly last?: boolean;
  /** Runs only after one of these calls, where the driver is seen to make one. */
  readonly after?: readonly string[];
  /** Runs within one of these calls and at no other time, where the driver is seen to make one. */
  readonly within?: readonly string[];
}

/** PCI_ERS_RESULT_DISCONNECT (include/linux/pci.h). */
const disconnect = 4;

/** Calls by which a vDPA device, or who can make one, is there for others. */
const offersVdpa = ["vdpa_mgmtdev_register", "vdpa_register_device", "_vdpa_register_device"] as const;

const callbackRules: readonly CallbackRule[] = [
  { structs: ["pci_driver", "device_driver"], field: /^shutdown$/, last: true },
  { structs: ["pci_error_handlers"], field: /^error_detected$/, enters: "error", givesUp: disconnect },
  { structs: ["pci_error_handlers"], field: /^slot_reset$/, during: "error", givesUp: disconnect },
  { structs: ["pci_error_handlers"], field: /^resume$/, leaves: "error" },
  { structs: ["pci_error_handlers"], field: /^reset_prepare$/, enters: "reset" },
  { structs: ["pci_error_handlers"], field: /^reset_done$/, leaves: "reset" },
  { structs: ["net_device_ops"], field: /^ndo_open$/, enters: "open" },
  { structs: ["net_device_ops"], field: /^ndo_stop$/, leaves: "open" },
  { structs: ["net_device_ops"], field: /^ndo_(tx_timeout|start_xmit)$/, during: "open" },
  { structs: ["vdpa_mgmtdev_ops"], field: /^dev_add$/, enters: "vdpa device", after: offersVdpa },
  { structs: ["vdpa_mgmtdev_ops"], field: /^dev_del$/, leaves: "vdpa device", after: offersVdpa },
  {
    structs: ["vdpa_config_ops"],
    field: /^set_status$/,
    enters: "vdpa driver",
    during: "vdpa device",
    after: offersVdpa,
  },
  { structs: ["vdpa_config_ops"], field: /^reset$/, leaves: "vdpa driver", after: offersVdpa },
  {
    structs: ["hc_driver", "xhci_driver_overrides"],
    field: /^start$/,
    enters: "host controller",
    within: ["usb_add_hcd"],
  },
  { structs: ["hc_driver"], field: /^stop$/, leaves: "host controller", within: ["usb_remove_hcd"] },
  { structs: [], field: /^(runtime_)?(suspend|freeze|poweroff)(_late|_noirq)?$/, enters: "suspended" },
  { structs: [], field: /^(runtime_)?(resume|thaw|restore)(_early|_noirq)?$/, leaves: "suspended" },
];

/**
 * What a call registers runs from then on. A network driver sets its work going from interrupts, timers and
 * ndo_tx_timeout, which are there while the device is open.
 */
const deferred: CallbackRule = { structs: [], field: /^/, during: "open" };
const deferringCalls =
  /^_{0,2}(INIT_(DELAYED_|DEFERRABLE_)?WORK|timer_setup|tasklet_(init|setup)|netif_napi_add\w*)$/;

/** The rule for a function that a call registers. */
export function ruleForCall(name: string): CallbackRule | undefined {
  return defersWork(name) ? deferred : undefined;
}

/** Whether a call hands a function over for the kernel to call later. */
export function defersWork(name: string): boolean {
  return deferringCalls.test(name);
}

/** Phases in which the driver core does not unbind a driver: it resumes the device first. */
export const phasesWithoutRemove: readonly string[] = ["suspended", "reset"];

/** Phases in which no callbacks run but those of the phase. */
export const exclusivePhases: readonly string[] = ["suspended", "reset", "error"];

/** The phase after a callback has given the device up. */
export const givenUp = "given up";

/** Phases at the end of which a callback undoes what was done in them; it must not rely on remove. */
export const undonePhases: readonly string[] = ["open", "vdpa device", "vdpa driver"];

/**
 * Calls that end a phase themselves: unregister_netdev() closes an open device first (net/core/dev.c); a vDPA device
 * is taken from its driver, which resets it (drivers/vdpa/vdpa.c, drivers/vhost/vdpa.c, drivers/virtio/virtio_vdpa.c).
 */
export const endsPhase: Readonly<Record<string, string>> = {
  unregister_netdev: "open",
  unregister_netdevice: "open",
  unregister_netdevice_queue: "open",
  unregister_candev: "open",
  unregister_candev_mgr: "open",
  vdpa_unregister_device: "vdpa driver",
  _vdpa_unregister_device: "vdpa driver",
  vdpa_mgmtdev_unregister: "vdpa device",
  usb_remove_hcd: "host controller",
};

/**
 * Calls that begin a phase themselves: they run the callback that enters it and fail where it does; where they fail
 * later they run the one that leaves it again.
 */
export const beginsPhase: Readonly<Record<string, string>> = { usb_add_hcd: "host controller" };

/**
 * What is always true within a phase. A second host controller of a device is added after the first and removed before
 * it (usb_create_shared_hcd()); the two are taken for one.
 */
export const trueInPhase: Readonly<Record<string, string>> = { usb_hcd_is_primary_hcd: "host controller" };

/** The calls that close a network device, and so run ndo_stop while it is open. */
export const closingCalls: readonly string[] = Object.keys(endsPhase).filter(
  (name) => endsPhase[name] === "open",
);

/** Calls that ask whether a phase is on: before ndo_open is called, and until before ndo_stop is (net/core/dev.c). */
export const asksPhase: Readonly<Record<string, string>> = { netif_running: "open" };

export function ruleFor(struct: string | undefined, field: string): CallbackRule | undefined {
  return callbackRules.find(
    (rule) =>
      rule.field.test(field) &&
      (rule.structs.length === 0 || (struct !== undefined && rule.structs.includes(struct))),
  );
}
