"""A second, plain implementation of the encoder, cell by cell, to compare results with."""

import math
import struct
from typing import Any

import mmh3
import numpy as np


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def key(value: Any) -> bytes:
    if is_missing(value):
        return b"\xff"
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, float) and not (value.is_integer() and -(2**63) <= value < 2**64):
        return struct.pack("<d", value)
    return (int(value) % 2**64).to_bytes(8, "little")


def buckets(value: Any, n_buckets: int, n_hashes: int, seed: int) -> list[int]:
    if n_buckets == 0:
        return []
    first = mmh3.hash(key(value), seed, signed=False) % n_buckets
    if n_hashes == 1 or n_buckets == 1:
        return [first]
    step = mmh3.hash(key(value), seed ^ 0x9E3779B9, signed=False) % (n_buckets - 1)
    return [first, (first + 1 + step) % n_buckets]


def elements(cell: Any) -> list[Any]:
    return list(cell) if isinstance(cell, list) else [cell]


def head(cells: list[Any], top_k: int, handle_missing: str = "value") -> list[Any]:
    """The `top_k` most frequent values, one per key, best first."""
    counts: dict[bytes, int] = {}
    values: dict[bytes, Any] = {}
    for value in (value for cell in cells for value in elements(cell)):
        if is_missing(value):
            if handle_missing == "ignore":
                continue
            value = None
        code = key(value)
        counts[code] = counts.get(code, 0) + 1
        values[code] = min(values.get(code, value), value) if value is not None else None

    def rank(code: bytes) -> tuple[Any, ...]:
        value = values[code]
        return (-counts[code], value is None, value if value is not None else 0)

    return [values[code] for code in sorted(counts, key=rank)][:top_k]


def encode(
    columns: list[list[Any]],
    vocabularies: list[list[Any]],
    n_buckets: list[int],
    *,
    n_hashes: int = 2,
    tail_weight: float = 0.25,
    tail_indicator: bool = False,
    handle_missing: str = "value",
    seed: int = 0,
) -> np.ndarray:
    blocks = []
    for cells, values, size in zip(columns, vocabularies, n_buckets, strict=True):
        slots = {key(value): slot for slot, value in enumerate(values)}
        block = np.zeros((len(cells), len(values) + size + tail_indicator))
        for row, cell in enumerate(cells):
            for value in elements(cell):
                if is_missing(value) and handle_missing == "ignore":
                    continue
                slot = slots.get(key(value))
                if slot is not None:
                    block[row, slot] += 1
                    continue
                for bucket in buckets(value, size, n_hashes, seed):
                    block[row, len(values) + bucket] += tail_weight
                if tail_indicator:
                    block[row, -1] += 1
        blocks.append(block)
    return np.hstack(blocks)
