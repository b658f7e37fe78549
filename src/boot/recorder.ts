/** The primitives of src/ownership, with what they do written down in the state's history. */
import type { Model, Primitive, PrimitiveCall } from "../exec/model.js";
import { Sign, zero } from "../exec/value.js";
import { belowTheCore } from "../ownership/below.js";
import type { Core } from "../ownership/core.js";
import { changed, type DeviceState, device, type Vectors } from "../ownership/vectors.js";
import type { OwnershipEvent } from "./events.js";
import { Histories, type HistoryEntry } from "./history.js";
import type { DeviceFlags } from "./trace.js";

type Row = Primitive<Vectors>;

/** devres entries that are not actions: kernel/irq/devres.c and kernel/irq/msi.c. */
export const HANDLER_RELEASE = "devm_irq_release";
export const DATA_RELEASE = "msi_device_data_release";

/** The device's flags as cells hold them; a flag that the executor does not know is an error of its own. */
export function flagsOf(state: DeviceState): DeviceFlags {
  const flag = (name: string) => {
    const value = state.cells.get(`${device}.${name}`);
    return value !== undefined && value.signs === Sign.positive;
  };
  return {
    managed: flag("is_managed"),
    release: flag("is_msi_managed"),
    msi: flag("msi_enabled"),
    msix: flag("msix_enabled"),
  };
}

/** Keeps what happens on each path, for the primitives of one core. */
export class Recorder {
  readonly histories = new Histories();
  /** States in which the kernel follows a NULL pointer. */
  readonly deaths: DeviceState[] = [];
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly core: Core,
    own: Model<Vectors>,
  ) {
    this.addRows(own);
  }

  /** The recording primitive of that name. */
  row(name: string): Row | undefined {
    return this.rows.get(name);
  }

  event(state: DeviceState, event: OwnershipEvent): void {
    this.histories.add(state, { kind: "event", event });
  }

  private addRows(own: Model<Vectors>): void {
    const { rows } = this;
    rows.set("tw_did", (call, emit) => {
      this.histories.add(call.state, { kind: "step", step: stepOf(call) });
      emit(call.state, zero);
    });
    rows.set("pci_enable_device", this.after(belowTheCore.pci_enable_device!, { event: "enabled" }));
    rows.set("pci_disable_device", (call, emit) => {
      this.event(call.state, { event: "disabled" });
      emit(call.state, zero);
    });
    for (const mode of ["msi", "msix"] as const) {
      rows.set(`__pci_enable_${mode}_range`, this.allocating(`__pci_enable_${mode}_range`, mode));
      rows.set(`pci_${mode}_shutdown`, this.shutdown(belowTheCore[`pci_${mode}_shutdown`]!, mode));
    }
    for (const name of ["pci_free_irq_vectors", "pci_disable_msi", "pci_disable_msix"])
      rows.set(name, this.freeing(name));
    for (const name of ["devm_add_action", "__devm_add_action"])
      rows.set(name, this.addingAction(belowTheCore[name]!));
    rows.set("msi_setup_device_data", this.settingUpData(belowTheCore.msi_setup_device_data!));
    rows.set(
      "request_irq",
      this.after(own.primitive("request_irq")!, { event: "handler-requested", devm: false }),
    );
    rows.set("devm_request_irq", this.requestingDevm(own.primitive("devm_request_irq")!));
    rows.set("free_irq", this.before(own.primitive("free_irq")!, { event: "handler-freed" }));
    rows.set("devm_free_irq", this.freeingDevm(own.primitive("devm_free_irq")!));
    rows.set("pci_irq_vector", own.primitive("pci_irq_vector")!);
  }

  /** Writes the event down when the call succeeds with 0. */
  private after(row: Row, event: OwnershipEvent): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          if (value.signs === Sign.zero) this.event(state, event);
          emit(state, value);
        },
        executor,
      );
  }

  private before(row: Row, event: OwnershipEvent): Row {
    return (call, emit, executor) => {
      this.event(call.state, event);
      row(call, emit, executor);
    };
  }

  private allocating(name: string, mode: "msi" | "msix"): Row {
    return (call, emit, executor) => {
      for (const { state, value } of executor.run(
        this.core.function(name)!,
        call.arguments,
        call.state,
        call.frame,
      )) {
        this.event(state, { event: value.signs === Sign.positive ? "allocated" : "allocation-failed", mode });
        emit(state, value);
      }
    };
  }

  private freeing(name: string): Row {
    return (call, emit, executor) => {
      if (call.frame.definition.name !== "pci_free_irq_vectors")
        this.event(call.state, { event: "free-called", api: name });
      for (const { state, value } of executor.run(
        this.core.function(name)!,
        call.arguments,
        call.state,
        call.frame,
      ))
        emit(state, value);
    };
  }

  private shutdown(row: Row, mode: "msi" | "msix"): Row {
    return (call, emit, executor) => {
      // pci_disable_msi() locks the MSI data before it tears down; after a leak devres has freed them.
      if (!call.state.domain.devres.some((entry) => entry.name === DATA_RELEASE)) {
        this.deaths.push(call.state);
        return;
      }
      this.event(call.state, { event: "torn-down", mode });
      if (call.state.domain.handlers.length > 0)
        this.histories.add(call.state, { kind: "freed-under-handler" });
      row(call, emit, executor);
    };
  }

  private addingAction(row: Row): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          const added = state.domain.devres.at(-1);
          if (value.signs === Sign.zero && added)
            this.event(state, { event: "action-added", action: added.name });
          emit(state, value);
        },
        executor,
      );
  }

  /** The device's MSI data are a devres entry of their own, made at the first allocation (kernel/irq/msi.c). */
  private settingUpData(row: Row): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          const there = state.domain.devres.some((entry) => entry.name === DATA_RELEASE);
          if (value.signs === Sign.zero && !there) pushEntry(state, DATA_RELEASE);
          emit(state, value);
        },
        executor,
      );
  }

  private requestingDevm(row: Row): Row {
    const counted = this.after(row, { event: "handler-requested", devm: true });
    return (call, emit, executor) =>
      counted(
        call,
        (state, value) => {
          if (value.signs === Sign.zero) pushEntry(state, HANDLER_RELEASE);
          emit(state, value);
        },
        executor,
      );
  }

  private freeingDevm(row: Row): Row {
    const counted = this.before(row, { event: "handler-freed" });
    return (call, emit, executor) =>
      counted(
        call,
        (state, value) => {
          const { devres } = state.domain;
          const index = devres.findLastIndex((entry) => entry.name === HANDLER_RELEASE);
          state.domain = changed(state.domain, { devres: devres.filter((_, n) => n !== index) });
          emit(state, value);
        },
        executor,
      );
  }
}

function pushEntry(state: DeviceState, name: string): void {
  const entry = { name, definition: undefined, data: zero, automatic: false, from: "" };
  state.domain = changed(state.domain, { devres: [...state.domain.devres, entry] });
}

/** `tw_did(pdev, "pci_alloc_irq_vectors", ret)`. */
function stepOf(call: PrimitiveCall<Vectors>): Extract<HistoryEntry, { kind: "step" }>["step"] {
  const [, what] = call.expressions;
  const text = call.frame.definition.file.text.slice(what?.at ?? 0);
  return {
    what: /^"([^"]*)"/.exec(text)?.[1] ?? "?",
    outcome: call.arguments[2]?.signs === Sign.negative ? "failed" : "succeeded",
    flags: flagsOf(call.state),
  };
}
