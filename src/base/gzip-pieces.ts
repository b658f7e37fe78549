/**
 * A gzip stream joined from pieces that were compressed apart, so that what many answers share is compressed once.
 * Deflate data can be cut at a byte after a flush (RFC 1951 §3.2.4), and the checksums of pieces can be joined.
 */

import { constants, crc32, deflateRawSync } from "node:zlib";

/** Compressed text that can stand anywhere in a stream. */
export interface GzipPiece {
  /** CRC-32 and length (bytes) of the text. */
  readonly crc: number;
  readonly length: number;
  /** Raw deflate blocks that end at a byte and are not the last; they refer to nothing before them. */
  readonly deflated: Uint8Array;
}

/** A piece that is not in memory yet: read to where it is wanted. */
export interface FarPiece extends Pick<GzipPiece, "crc" | "length"> {
  /** Bytes of it, compressed. */
  readonly packed: number;
  readonly read: (into: Uint8Array) => void;
}

/** Of mails as HTML, level 3 costs no more than 1, and saves 2 %; higher ones cost half as much again. */
const options = { level: 3, finishFlush: constants.Z_SYNC_FLUSH };

export function deflatedPiece(text: string): GzipPiece {
  const bytes = Buffer.from(text);
  return { crc: crc32(bytes), length: bytes.length, deflated: deflateRawSync(bytes, options) };
}

/** Below this, to compress costs more than to send (bytes). */
const worthIt = 16_384;

/** A long text compressed, a short one as it stands. */
export function gzipPiece(text: string): GzipPiece {
  return text.length < worthIt ? storedPiece(text) : deflatedPiece(text);
}

/** What a block of text as it stands holds at most (RFC 1951 §3.2.4), and the bytes before it. */
const maxStored = 65_535;
const storedHead = 5;

/** A text as it stands. */
export function storedPiece(text: string | Uint8Array): GzipPiece {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const { length } = bytes;
  const blocks = Math.max(1, Math.ceil(length / maxStored));
  const deflated = Buffer.allocUnsafe(length + blocks * storedHead);
  for (let block = 0, to = 0; block < blocks; block++) {
    const part = bytes.subarray(block * maxStored, (block + 1) * maxStored);
    deflated[to] = 0;
    deflated.writeUInt16LE(part.length, to + 1);
    deflated.writeUInt16LE(~part.length & 0xffff, to + 3);
    deflated.set(part, to + storedHead);
    to += storedHead + part.length;
  }
  return { crc: crc32(bytes), length, deflated };
}

/** Magic number, deflate, no flags, no time, fast, of Unix (RFC 1952 §2.3). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
/** An empty last block with fixed codes. */
const lastBlock = Buffer.from([3, 0]);

/** The whole stream: what gunzip makes the pieces' texts of, one after the other. In memory of its own. */
export function joinPieces(pieces: readonly (GzipPiece | FarPiece)[]): Buffer {
  let crc = 0;
  let length = 0;
  let size = header.length + lastBlock.length + 8;
  for (const piece of pieces) {
    crc = joinedCrc(crc, piece.crc, piece.length);
    length += piece.length;
    size += sizeOf(piece);
  }
  const stream = Buffer.allocUnsafeSlow(size);
  stream.set(header);
  let at = header.length;
  for (const piece of pieces) {
    const next = at + sizeOf(piece);
    if ("deflated" in piece) stream.set(piece.deflated, at);
    else piece.read(stream.subarray(at, next));
    at = next;
  }
  stream.set(lastBlock, at);
  stream.writeUInt32LE(crc, at + lastBlock.length);
  stream.writeUInt32LE(length >>> 0, at + lastBlock.length + 4);
  return stream;
}

const sizeOf = (piece: GzipPiece | FarPiece) => ("deflated" in piece ? piece.deflated.length : piece.packed);

/** A piece as bytes, for a database. */
export function packPiece({ crc, length, deflated }: GzipPiece): Buffer {
  const packed = Buffer.allocUnsafeSlow(8 + deflated.length); // alone in its memory: it goes to another thread
  packed.writeUInt32LE(crc);
  packed.writeUInt32LE(length, 4);
  packed.set(deflated, 8);
  return packed;
}

export function unpackPiece(packed: Uint8Array): GzipPiece {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return {
    crc: view.getUint32(0, true),
    length: view.getUint32(4, true),
    deflated: packed.subarray(8),
  };
}

/**
 * The CRC-32 of two texts, one after the other, from theirs. A CRC is the remainder of the text as a polynomial over
 * GF(2), so it is that of the first, times x to the 8·length of the second, plus that of the second.
 */
export function joinedCrc(first: number, second: number, secondLength: number): number {
  let crc = first;
  for (let length = secondLength, power = 0; length > 0; length = Math.floor(length / 2), power++) {
    if (length % 2 === 0) continue;
    const table = tableOf(power);
    crc =
      table[crc & 255]! ^
      table[256 + ((crc >>> 8) & 255)]! ^
      table[512 + ((crc >>> 16) & 255)]! ^
      table[768 + (crc >>> 24)]!;
  }
  return (crc ^ second) >>> 0;
}

/** The product of two polynomials modulo that of CRC-32; the highest bit of a number is x to the 0. */
function times(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ 0xedb88320 : shifted >>> 1;
  }
  return product >>> 0;
}

/** x to the 8, 16, 32, …: what one, two, four, … more bytes multiply by. */
const powers: readonly number[] = (() => {
  const found = [1 << (31 - 8)];
  while (found.length < 32) found.push(times(found.at(-1)!, found.at(-1)!));
  return found;
})();

/** Products with such a power: of each byte of a polynomial, at each of its four places; those of a product add up. */
const tables: Uint32Array[] = [];

function tableOf(power: number): Uint32Array {
  let table = tables[power];
  if (!table) {
    table = Uint32Array.from({ length: 1024 }, (_, i) => times((i & 255) << (8 * (i >>> 8)), powers[power]!));
    tables[power] = table;
  }
  return table;
}
