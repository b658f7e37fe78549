/**
 * Functions and macros whose meaning is arithmetic or control, as rows. Source: include/linux/err.h, minmax.h,
 * compiler.h, dev_printk.h (dev_err_probe), bitops.h, slab.h.
 */
import { constant, pointer, refine, Sign, signed, unknown, type Value, zero } from "./value.js";

export type Builtin =
  /** The value is that of an argument. */
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "value"; readonly of: (values: readonly Value[]) => Value }
  /** Does not return. */
  | { readonly kind: "never" }
  /** A bit of a bitmap in memory: `(nr, address)`. */
  | { readonly kind: "bit"; readonly tests: boolean; readonly sets: boolean | undefined };

const first: Builtin = { kind: "argument", index: 0 };
const second: Builtin = { kind: "argument", index: 1 };
const valid: Builtin = { kind: "value", of: () => signed(Sign.positive) };
const value = (of: (values: readonly Value[]) => Value): Builtin => ({ kind: "value", of });
const is = (signs: number): Builtin =>
  value(([v = unknown]) =>
    v.signs & signs ? (v.signs & ~signs ? signed(Sign.zero | Sign.positive) : signed(Sign.positive)) : zero,
  );

/** `container_of(&x->member, …)`: the object, when the pointer is to a part of one that has a name. */
const container: Builtin = value(([v = unknown]) => {
  if (v.target?.kind !== "object") return signed(Sign.positive);
  const dot = v.target.name.lastIndexOf(".");
  return dot === -1 ? v : pointer({ kind: "object", name: v.target.name.slice(0, dot) });
});

const smallest = value(([a = unknown, b = unknown]) => {
  if (a.constant !== undefined && b.constant !== undefined) return a.constant < b.constant ? a : b;
  if (a.signs === Sign.positive && b.signs === Sign.positive) return signed(Sign.positive);
  return signed(a.signs | b.signs);
});
const largest = value(([a = unknown, b = unknown]) => {
  if (a.constant !== undefined && b.constant !== undefined) return a.constant > b.constant ? a : b;
  return a.signs === Sign.positive || b.signs === Sign.positive
    ? signed(Sign.positive)
    : signed(a.signs | b.signs);
});

/** PTR_ERR() is asked of an error: of a field of which nothing is known, `IS_ERR(p->clk)` was found to hold just before. */
const error = value(([v = unknown]) => (v === unknown ? signed(Sign.negative) : v));
const magnitude = value(([v = unknown]) => {
  if (!(v.signs & Sign.negative)) return v;
  if (v.constant !== undefined) return constant(-v.constant);
  return signed(v.signs & Sign.zero ? Sign.zero | Sign.positive : Sign.positive);
});

export const builtins: Readonly<Record<string, Builtin | undefined>> = Object.assign(Object.create(null), {
  likely: first,
  unlikely: first,
  READ_ONCE: first,
  ERR_PTR: first,
  PTR_ERR: error,
  ERR_CAST: first,
  PTR_ERR_OR_ZERO: value(([v = unknown]) => refine(v, Sign.negative | Sign.zero) ?? zero),
  IS_ERR: is(Sign.negative),
  IS_ERR_OR_NULL: is(Sign.negative | Sign.zero),
  WARN_ON: first,
  WARN_ON_ONCE: first,
  dev_err_probe: second,
  dev_warn_probe: second,
  abs: magnitude,
  min: smallest,
  min_t: value((v) => (smallest.kind === "value" ? smallest.of(v.slice(1)) : unknown)),
  max: largest,
  max_t: value((v) => (largest.kind === "value" ? largest.of(v.slice(1)) : unknown)),
  clamp: first,
  clamp_t: second,
  num_online_cpus: valid,
  num_possible_cpus: valid,
  num_present_cpus: valid,
  ARRAY_SIZE: valid,
  container_of: container,
  container_of_const: container,
  to_pci_dev: container,
  pci_get_drvdata: valid,
  dev_get_drvdata: valid,
  netdev_priv: valid,
  shost_priv: valid,
  sdhci_priv: valid,
  mmc_priv: valid,
  iio_priv: valid,
  pci_dev_get: first,
  get_device: first,
  BUG: { kind: "never" },
  panic: { kind: "never" },
  set_bit: { kind: "bit", tests: false, sets: true },
  __set_bit: { kind: "bit", tests: false, sets: true },
  clear_bit: { kind: "bit", tests: false, sets: false },
  __clear_bit: { kind: "bit", tests: false, sets: false },
  test_bit: { kind: "bit", tests: true, sets: undefined },
  test_and_set_bit: { kind: "bit", tests: true, sets: true },
  test_and_clear_bit: { kind: "bit", tests: true, sets: false },
  __test_and_set_bit: { kind: "bit", tests: true, sets: true },
  __test_and_clear_bit: { kind: "bit", tests: true, sets: false },
});
