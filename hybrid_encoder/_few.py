"""A few rows, cell by cell.

Serving asks for one row at a time, and there a single NumPy call costs more than a whole cell does in
plain Python. This is the short way for cells that are plainly text, numbers or missing; for anything
else it gives nothing, and the long way through columns decides, or refuses in its own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import _numbers
from ._columns import Kind
from ._hashing import MISSING_KEY, buckets_of
from ._layout import Layout
from ._vocabulary import Vocabulary

_FLOATS = frozenset({float, np.float64, np.float32})
# All of these have keys; of Python's integers only those of up to eight bytes.
_NUMBERS = _FLOATS | {bool, *(np.dtype(code).type for code in "?bhilqBHILQ")}

Entries = tuple[list[int], list[int], list[float]]  # indptr, indices, data of a CSR matrix


@dataclass(frozen=True, slots=True)
class Target:
    """Where the values of one input column go.

    Attributes
    ----------
    vocabulary : Vocabulary
        Its head.
    start : int
        Its first output column, which is that of its first slot.
    first_bucket : int
        Its first bucket's output column.
    n_buckets : int
        How many of these there are.
    indicator : int
        The output column of its tail indicator; -1 if it has none.
    """

    vocabulary: Vocabulary
    start: int
    first_bucket: int
    n_buckets: int
    indicator: int


def targets(layout: Layout, vocabularies: Sequence[Vocabulary]) -> list[Target]:
    """Where the values of every input column go."""
    starts, n_slots, n_buckets = layout.starts.tolist(), layout.n_slots, layout.n_buckets
    return [
        Target(
            vocabulary,
            start,
            first_bucket=start + slots,
            n_buckets=buckets,
            indicator=start + slots + buckets if layout.indicator else -1,
        )
        for vocabulary, start, slots, buckets in zip(
            vocabularies, starts[:-1], n_slots.tolist(), n_buckets.tolist(), strict=True
        )
    ]


def encode_few(
    rows: Sequence[Sequence[Any]],
    targets: Sequence[Target],
    seeds: tuple[int, ...],
    tail_weight: float,
    ignore_missing: bool,
) -> Entries | None:
    """Encode rows one cell after the other.

    Parameters
    ----------
    rows : sequence of sequences
        The cells of each row.
    targets : sequence of Target
        One per input column.
    seeds : tuple of int
        Of the hash functions.
    tail_weight : float
        The value of an entry in a bucket column.
    ignore_missing : bool
        Whether a missing value leaves no entry.

    Returns
    -------
    entries : tuple of lists, or None
        ``indptr``, ``indices`` and ``data``, sorted; None if a cell is not plainly of its column's kind.
    """
    indptr, indices, data = [0], [], []
    for row in rows:
        for target, value in zip(targets, row, strict=True):
            key = _key(value, target.vocabulary.kind)
            if key is None:
                return None
            if key is MISSING_KEY and ignore_missing:
                continue
            slot = (
                target.vocabulary.missing_slot if key is MISSING_KEY else target.vocabulary.slot_of(key)
            )
            if slot >= 0:
                indices.append(target.start + slot)
                data.append(1.0)
                continue
            if target.n_buckets:
                hashed = key.to_bytes(8, "little") if isinstance(key, int) else key
                for bucket in sorted(buckets_of(hashed, target.n_buckets, seeds)):
                    indices.append(target.first_bucket + bucket)
                    data.append(tail_weight)
            if target.indicator >= 0:
                indices.append(target.indicator)
                data.append(1.0)
        indptr.append(len(indices))
    return indptr, indices, data


def _key(value: Any, kind: Kind | None) -> str | int | bytes | None:
    """Text as it is, a number as the integer of its key; None for what is neither plainly."""
    form = type(value)
    if form is str:
        return value if kind == "text" and _has_bytes(value) else None
    if value is None or value is pd.NA or value is pd.NaT or (form in _FLOATS and value != value):
        return MISSING_KEY
    if kind == "number" and (form in _NUMBERS or (form is int and _numbers.has_key(value))):
        return _numbers.key(value)
    return None


def _has_bytes(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
