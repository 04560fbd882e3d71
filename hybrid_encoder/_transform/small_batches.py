"""A few rows, cell by cell.

Serving asks for one row at a time, and there a single NumPy call costs more than a whole cell does in
plain Python. This is the short way for cells that are plainly text, numbers or missing; for anything
else it gives nothing, and the long way through columns decides, or refuses in its own words.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._input import numbers as _numbers
from .._input.columns import Kind
from .fitted_column import SettledColumn
from .hashing import MISSING_KEY, buckets_of

_FLOATS = frozenset({float, np.float64, np.float32})
# All of these have keys; of Python's integers only those of up to eight bytes.
_NUMBERS = _FLOATS | {bool, *(np.dtype(code).type for code in "?bhilqBHILQ")}

# Where a cell goes: to this column, which is a slot (NOWHERE if it is ignored), or to these buckets.
Cell = int | list[int]
NOWHERE = -1
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
            cell = _place(value, column)
            if cell is None:
                return None
            if isinstance(cell, int):
                if cell != NOWHERE:
                    indices.append(cell)
                    data.append(1.0)
                continue
            for bucket in sorted(cell):
                indices.append(bucket)
                data.append(tail_weight)
            if column.indicator >= 0:
                indices.append(column.indicator)
                data.append(1.0)
        indptr.append(len(indices))
    return indptr, indices, data


def indices_of_few(
    rows: Sequence[Sequence[Any]], columns: Sequence[SettledColumn], n_hashes: int
) -> list[list[list[int]]] | None:
    """So many numbers for each cell, -1 for none; None if a cell is not plainly of its column's kind."""
    nothing = [NOWHERE] * n_hashes
    found = []
    for row in rows:
        numbers = []
        for column, value in zip(columns, row, strict=True):
            cell = _place(value, column)
            if cell is None:
                return None
            lit = [cell] if isinstance(cell, int) else cell
            numbers.append((lit + nothing)[:n_hashes])
        found.append(numbers)
    return found


def _place(value: Any, column: SettledColumn) -> Cell | None:
    """Where a value goes; None if it is not plainly of the column's kind."""
    vocabulary = column.vocabulary
    key = _key(value, vocabulary.kind)
    if key is None:
        return None
    if key is MISSING_KEY and column.ignore_missing:
        return NOWHERE
    slot = vocabulary.missing_slot if key is MISSING_KEY else vocabulary.slot_of(key)
    if slot >= 0:
        return column.start + slot
    if not column.n_buckets:
        return []
    hashed = key.to_bytes(8, "little") if isinstance(key, int) else key
    first = column.first_bucket
    return [first + bucket for bucket in buckets_of(hashed, column.n_buckets, column.seeds)]


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
