"""A few rows, cell by cell.

Serving asks for one row at a time, and there a single NumPy call costs more than a whole cell does in
plain Python. This is the short way for cells that are plainly text, numbers or missing; for anything
else it gives nothing, and the long way through columns decides, or refuses in its own words.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import _numbers
from ._columns import Kind
from ._hashing import MISSING_KEY, buckets_of
from ._settled import SettledColumn

_FLOATS = frozenset({float, np.float64, np.float32})
# All of these have keys; of Python's integers only those of up to eight bytes.
_NUMBERS = _FLOATS | {bool, *(np.dtype(code).type for code in "?bhilqBHILQ")}

Entries = tuple[list[int], list[int], list[float]]  # indptr, indices, data of a CSR matrix


def encode_few(
    rows: Sequence[Sequence[Any]], columns: Sequence[SettledColumn], tail_weight: float
) -> Entries | None:
    """Encode rows one cell after the other.

    Parameters
    ----------
    rows : sequence of sequences
        The cells of each row.
    columns : sequence of SettledColumn
        The input columns, none of them of lists, and none that refuses missing values.
    tail_weight : float
        The value of an entry in a bucket column.

    Returns
    -------
    entries : tuple of lists, or None
        ``indptr``, ``indices`` and ``data``, sorted; None if a cell is not plainly of its column's kind.
    """
    indptr, indices, data = [0], [], []
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            vocabulary = column.vocabulary
            key = _key(value, vocabulary.kind)
            if key is None:
                return None
            if key is MISSING_KEY and column.ignore_missing:
                continue
            slot = vocabulary.missing_slot if key is MISSING_KEY else vocabulary.slot_of(key)
            if slot >= 0:
                indices.append(column.start + slot)
                data.append(1.0)
                continue
            if column.n_buckets:
                hashed = key.to_bytes(8, "little") if isinstance(key, int) else key
                for bucket in sorted(buckets_of(hashed, column.n_buckets, column.seeds)):
                    indices.append(column.first_bucket + bucket)
                    data.append(tail_weight)
            if column.indicator >= 0:
                indices.append(column.indicator)
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
