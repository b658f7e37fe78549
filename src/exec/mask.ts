/** Sets of numbered things as bits. Equal sets are one object, so that they can be keys and compared by identity. */
export class Mask {
  /** No two masks have the same, whoever made them. */
  readonly id = nextId++;
  private members: Uint8Array | undefined;

  constructor(readonly bits: bigint) {}

  has(number: number): boolean {
    if (this.bits === all) return true;
    this.members ??= membersOf(this.bits);
    return this.members[number] === 1;
  }
}

let nextId = 1;

/** Every number there is, those included that have not come up yet. */
const all = -1n;

function membersOf(bits: bigint): Uint8Array {
  const digits = bits.toString(2);
  const members = new Uint8Array(digits.length);
  for (let i = 0; i < digits.length; i++) if (digits[digits.length - 1 - i] === "1") members[i] = 1;
  return members;
}

/** Where masks come from. */
export class Masks {
  private readonly known = new Map<bigint, Mask>();
  private readonly unions = new Map<number, Mask>();
  readonly none = this.of(0n);
  readonly all = this.of(all);

  of(bits: bigint): Mask {
    let mask = this.known.get(bits);
    if (!mask) {
      mask = new Mask(bits);
      this.known.set(bits, mask);
    }
    return mask;
  }

  union(a: Mask, b: Mask): Mask {
    if (a === b) return a;
    const key = a.id * 0x4000000 + b.id;
    let union = this.unions.get(key);
    if (!union) {
      union = this.of(a.bits | b.bits);
      this.unions.set(key, union);
    }
    return union;
  }

  meet(a: Mask, b: Mask): Mask {
    return a === b ? a : this.of(a.bits & b.bits);
  }
}
