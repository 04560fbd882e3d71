// Compare transform.mjs with the output of Python.
//
//   node examples/portable/check.mjs vectors tests/golden_vectors.json
//   node examples/portable/check.mjs rows FOLDER      (the folder that export.py has written)

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { HybridHashEncoder, bucketsOf, keyOf, murmur3 } from "./transform.mjs";

const read = (...path) => readFileSync(join(...path), "utf8");

function check(isEqual, name) {
  if (isEqual) return;
  console.error(`not as in Python: ${name}`);
  process.exit(1);
}

/** Golden vectors: values, their keys, hashes and buckets. */
function checkVectors(path) {
  // JSON.parse would round integers beyond 2**53, so convert them to strings first.
  const { vectors, seed, seed_1 } = JSON.parse(read(path).replace(/: (-?\d{16,})\b/g, ': "$1"'));
  for (const { kind, value, key_hex, h0, h1, buckets_1000 } of vectors) {
    const key = keyOf(value, kind === "text" ? "text" : "number");
    check(Buffer.from(key).toString("hex") === key_hex, `the key of ${value}`);
    check(murmur3(key, seed) === h0 && murmur3(key, seed_1) === h1, `the hashes of ${value}`);
    const buckets = bucketsOf(key, 1000, 2, [seed, seed_1]);
    check(buckets.join() === buckets_1000.join(), `the buckets of ${value}`);
  }
  console.log(`${vectors.length} golden vectors are the same`);
}

/** Rows, and the CSR matrix that transform returned for them. */
function checkRows(folder) {
  const encoder = new HybridHashEncoder(JSON.parse(read(folder, "encoder.json")));
  const { indptr, indices, data } = JSON.parse(read(folder, "expected.json"));
  const rows = read(folder, "rows.jsonl").trimEnd().split("\n");
  check(rows.length === indptr.length - 1, "the number of rows");
  rows.forEach((line, i) => {
    const found = encoder.transformRow(JSON.parse(line));
    const [begin, end] = [indptr[i], indptr[i + 1]];
    check(found.indices.join() === indices.slice(begin, end).join(), `the columns of row ${i}`);
    check(found.values.every((value, j) => value === data[begin + j]), `the values of row ${i}`);
  });
  console.log(`${rows.length} rows, ${data.length} entries are the same`);
}

const [command, path] = process.argv.slice(2);
if (command === "vectors") checkVectors(path);
else if (command === "rows") checkRows(path);
else console.error("usage: node check.mjs vectors FILE | rows FOLDER");
