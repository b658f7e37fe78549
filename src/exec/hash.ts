/** Scatters two numbers over 32 bits. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

/** One number of 52 bits. */
export function joined(low: number, high: number): number {
  return low * 0x100000 + (high >>> 12);
}
