// The encoder in JavaScript (Node.js 20 or newer) without dependencies: a reference for implementations in
// other languages. docs/how_it_works/format.md is the specification.
//
//   import { readFileSync } from "node:fs";
//   import { HybridHashEncoder } from "./transform.mjs";
//   const encoder = new HybridHashEncoder(JSON.parse(readFileSync("encoder.json", "utf8")));
//   const { indices, values } = encoder.transformRow(["US", 7, null, ["a", "b"]]);
//
// A cell is a string, a number or null; in columns of lists, an array of these. Integers beyond 2**53, which
// a number cannot hold, are BigInt or decimal strings, as to_dict writes them.

import { createHash } from "node:crypto";

const MISSING = Uint8Array.of(0xff); // no UTF-8 text starts with this byte
const UTF_8 = new TextEncoder();

/** MurmurHash3_x86_32 of some bytes, as an unsigned integer. Math.imul multiplies modulo 2**32. */
export function murmur3(bytes, seed) {
  const rotate = (word, bits) => (word << bits) | (word >>> (32 - bits));
  const scramble = (word) => Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let i = 0; i < whole; i += 4) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    hash = Math.imul(rotate(hash ^ scramble(word), 13), 5) + 0xe6546b64;
  }
  let rest = 0; // the last one to three bytes, little-endian
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i];
  hash ^= scramble(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The buckets of a key, in the order of the hash functions. */
export function bucketsOf(key, nBuckets, nHashes, seeds) {
  if (nBuckets === 0) return [];
  const first = murmur3(key, seeds[0]) % nBuckets;
  if (nHashes === 1 || nBuckets === 1) return [first];
  const step = murmur3(key, seeds[1]) % (nBuckets - 1); // so that the two buckets differ
  return [first, (first + 1 + step) % nBuckets];
}

/** The bits of a double as an unsigned integer. */
function bitsOf(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0);
}

const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);

/** The canonical key of a number as an unsigned integer of 64 bits. */
function wordOf(value) {
  if (typeof value === "string" && /^-?\d+$/.test(value)) value = BigInt(value);
  else if (typeof value === "boolean" || /^-?Infinity$/.test(value)) value = Number(value);
  if (!["number", "bigint"].includes(typeof value)) throw new TypeError(`${value} is no number`);
  // -0 becomes 0. 1e300 has no 64-bit integer.
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64) value = BigInt(value);
  if (typeof value === "bigint") {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${value} has no key`);
    return BigInt.asUintN(64, value);
  }
  return bitsOf(value);
}

/** The look-up key of a value: text itself, the 64-bit word of a number, or null for missing. */
function lookUpOf(value, kind) {
  if (isMissing(value)) return null;
  if (kind === "text" && typeof value !== "string") throw new TypeError(`${value} is no text`);
  return kind === "text" ? value : wordOf(value);
}

/** The key of a value: the bytes to hash. */
export function keyOf(value, kind) {
  if (isMissing(value)) return MISSING;
  if (kind === "text") {
    if (!value.isWellFormed()) throw new RangeError("a text with a lone surrogate has no UTF-8 bytes");
    return UTF_8.encode(value);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, wordOf(value), true); // little-endian
  return bytes;
}

/** JSON text with members sorted by name, and numbers as the 16 hexadecimal digits of their bits. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "number") return `"${bitsOf(value).toString(16).padStart(16, "0")}"`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const member = (name) => `${JSON.stringify(name)}:${canonical(value[name])}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}

export function checksumOf(document) {
  const { checksum, ...signed } = document;
  return "sha256:" + createHash("sha256").update(canonical(signed), "utf8").digest("hex");
}

export class HybridHashEncoder {
  constructor(document) {
    if (document.format !== "hybrid_encoder" || document.format_version !== 1)
      throw new Error(`format version ${document.format_version} is not known here`);
    if (document.checksum !== checksumOf(document)) throw new Error("the document is damaged");
    Object.assign(this, document);
    this.columns = document.columns.map((column) => ({
      ...column,
      slots: new Map(column.head.map((value, slot) => [lookUpOf(value, column.kind), slot])),
    }));
  }

  /** The sum of an entry, rounded to the type of the output. */
  round(value) {
    if (this.dtype === "float32") return Math.fround(value);
    const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(this.dtype) ?? [];
    const most = 2 ** (unsigned ? bits : bits - 1) - 1;
    if (bits && value > most) throw new RangeError(`${value} is too large for ${this.dtype}`);
    return value;
  }

  /** The output columns of a row in ascending order, and their values; all other columns are 0. */
  transformRow(row) {
    if (row.length !== this.columns.length) throw new Error(`a row has ${this.columns.length} cells`);
    const entries = new Map();
    row.forEach((cell, number) => this.addCell(this.columns[number], cell, entries));
    const indices = [...entries.keys()].sort((a, b) => a - b);
    return { indices, values: indices.map((index) => this.round(entries.get(index))) };
  }

  addCell(column, cell, entries) {
    // In a column of lists a missing cell is one missing value, and an empty list has no entry.
    const elements = column.lists && !isMissing(cell) ? cell : [cell];
    if (column.lists !== Array.isArray(cell) && !isMissing(cell))
      throw new TypeError(`column ${column.name} holds ${column.lists ? "lists" : "single values"}`);
    for (const value of elements) this.addValue(column, value, entries);
  }

  addValue(column, value, entries) {
    const add = (index, weight) => entries.set(index, (entries.get(index) ?? 0) + weight);
    const kind = column.kind ?? (typeof value === "string" ? "text" : "number"); // null: all missing at fit
    const isInfinite = kind === "number" && /^-?Infinity$/.test(value);
    if (this.handle_missing === "error" && (isMissing(value) || isInfinite))
      throw new RangeError(`column ${column.name}: a value is missing or infinite`);
    if (isMissing(value) && this.handle_missing === "ignore") return;
    const slot = column.slots.get(lookUpOf(value, kind));
    if (slot !== undefined) return add(column.first_column + slot, 1);
    const firstBucket = column.first_column + column.n_slots;
    for (const bucket of bucketsOf(keyOf(value, kind), column.n_buckets, this.n_hashes, this.seeds))
      add(firstBucket + bucket, this.tail_weight);
    if (this.tail_indicator) add(firstBucket + column.n_buckets, 1);
  }
}
