/**
 * What lies below the PCI core: rows, for these are other subsystems' contracts. Sources: drivers/base/devres.c
 * (devm actions), kernel/irq/msi.c (msi_setup_device_data), drivers/pci/msi/msi.c (capability set-up and shutdown),
 * drivers/pci/pci.c (pci_enable_device).
 */
import type { Primitive } from "../exec/model.js";
import { negative, one, zero } from "../exec/value.js";
import { changed, restacked, setFlag, type Vectors } from "./vectors.js";

type Row = Primitive<Vectors>;

/** Succeeds with 0, or fails with an error and changes nothing. */
const succeedsOrFails =
  (succeed: (state: Parameters<Row>[0]["state"]) => void): Row =>
  (call, emit) => {
    const failed = call.state.copy();
    succeed(call.state);
    emit(call.state, zero);
    emit(failed, negative);
  };

const enables = (flag: string): Row => succeedsOrFails((state) => setFlag(state, flag, true));

const disables =
  (flag: string): Row =>
  (call, emit) => {
    setFlag(call.state, flag, false);
    emit(call.state, zero);
  };

/** devm_add_action(): the action goes on top of the stack, or there is no memory and it does not. */
const addAction: Row = (call, emit, executor) => {
  const failed = call.state.copy();
  pushAction(call, executor);
  emit(call.state, zero);
  failure(call, failed, executor);
  emit(failed, negative);
};

/** Notes that a call is what fails on a path, where paths are named by that. */
function failure(
  call: Parameters<Row>[0],
  failed: Parameters<Row>[0]["state"],
  executor: Parameters<Row>[2],
): void {
  if (!executor.model.tracksFailure(failed)) return;
  failed.failure = executor.origins.failure(executor.origins.fresh(failed, call.frame, call.at, call.name));
}

/** devm_add_action_or_reset(): as above, but on failure the action runs at once. */
const addActionOrReset: Row = (call, emit, executor) => {
  const failed = call.state.copy();
  pushAction(call, executor);
  emit(call.state, zero);
  failure(call, failed, executor);
  const [, action, data] = call.arguments;
  const ran = executor.callTarget(action?.target, data ? [data] : [], failed, call.frame, call.at, (state) =>
    emit(state, negative),
  );
  if (!ran) emit(failed, negative);
};

function pushAction(call: Parameters<Row>[0], executor: Parameters<Row>[2]): void {
  const [, action, data] = call.arguments;
  const target = action?.target;
  if (target?.kind !== "function" || !data) return;
  const place = executor.place(call.frame, call.at);
  const { devres } = call.state.domain;
  const from = `${place.file}:${place.line}`;
  const { name, definition } = target;
  // Registered in a loop, an action that does nothing here stands for all of them: else the stack would have no end.
  const isKnown = devres.some((entry) => entry.name === name && entry.from === from);
  if (isKnown && !executor.actsOn(target)) return;
  const entry = { name, definition, data, automatic: false, from };
  call.state.domain = changed(call.state.domain, { devres: [...devres, entry] });
}

/** devm_remove_action(): the newest entry of that action goes, without running. devm_release_action(): it runs first. */
const removeAction =
  (runs: boolean): Row =>
  (call, emit, executor) => {
    const [, action, data] = call.arguments;
    const target = action?.target;
    const { devres } = call.state.domain;
    const index =
      target?.kind === "function" ? devres.findLastIndex((entry) => entry.name === target.name) : -1;
    if (index !== -1)
      call.state.domain = restacked(
        call.state.domain,
        devres.filter((_, i) => i !== index),
      );
    if (
      runs &&
      executor.callTarget(target, data ? [data] : [], call.state, call.frame, call.at, (state) =>
        emit(state, zero),
      )
    )
      return;
    emit(call.state, zero);
  };

/** devm_is_action_added(). */
const isActionAdded: Row = (call, emit) => {
  const target = call.arguments[1]?.target;
  const isThere =
    target?.kind === "function" && call.state.domain.devres.some(({ name }) => name === target.name);
  emit(call.state, isThere ? one : zero);
};

export const devresRows: Readonly<Record<string, Row>> = {
  devm_add_action: addAction,
  __devm_add_action: addAction,
  devm_add_action_or_reset: addActionOrReset,
  __devm_add_action_or_reset: addActionOrReset,
  devm_remove_action: removeAction(false),
  devm_remove_action_nowarn: removeAction(false),
  devm_release_action: removeAction(true),
  devm_is_action_added: isActionAdded,
};

export const belowTheCore: Readonly<Record<string, Row | undefined>> = Object.assign(
  Object.create(null),
  devresRows,
  {
    msi_setup_device_data: succeedsOrFails(() => {}),
    pci_enable_device: succeedsOrFails(() => {}),
    msi_capability_init: succeedsOrFails((state) => {
      setFlag(state, "msi_enabled", true);
      setFlag(state, "irq", true); // the vector's number, never 0
    }),
    msix_capability_init: enables("msix_enabled"),
    pci_msi_shutdown: disables("msi_enabled"),
    pci_msix_shutdown: disables("msix_enabled"),
    pci_free_msi_irqs: (call, emit) => emit(call.state, zero),
  } satisfies Record<string, Row>,
);
