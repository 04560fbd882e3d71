"""Encode up to 256 rows cell by cell.

For a single row, one NumPy call takes longer than encoding a cell in plain Python. This path handles
cells of type str, of the usual number types, and missing ones. For any other cell it returns None; the
caller then encodes the rows column by column, which also raises the errors.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._input import numbers as _numbers
from .._input.columns import Kind
from .fitted_column import FittedColumn
from .hashing import MISSING_KEY, buckets_of

_FLOATS = frozenset({float, np.float64, np.float32})
# All values of these types have keys. Python integers have one only if they fit into eight bytes.
_NUMBERS = _FLOATS | {bool, *(np.dtype(code).type for code in "?bhilqBHILQ")}

# The output columns of a cell: one slot (NO_COLUMN if the cell is ignored), or a list of buckets.
Cell = int | list[int]
NO_COLUMN = -1
Entries = tuple[list[int], list[int], list[float]]  # indptr, indices, data of a CSR matrix


def encode_rows(
    rows: Sequence[Sequence[Any]], columns: Sequence[FittedColumn], tail_weight: float
) -> Entries | None:
    """Encode rows cell by cell.

    Parameters
    ----------
    rows : sequence of sequences
        The cells of each row.
    columns : sequence of FittedColumn
        The input columns. None of them holds lists or refuses missing values.
    tail_weight : float
        The value stored in a bucket column.

    Returns
    -------
    entries : tuple of lists, or None
        ``indptr``, ``indices`` and ``data``, sorted; None if a cell needs the column-wise path.
    """
    indptr, indices, data = [0], [], []
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            cell = _locate(value, column)
            if cell is None:
                return None
            if isinstance(cell, int):
                if cell != NO_COLUMN:
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


def row_indices(
    rows: Sequence[Sequence[Any]], columns: Sequence[FittedColumn], n_hashes: int
) -> list[list[list[int]]] | None:
    """`n_hashes` output columns per cell, -1 for none; None if a cell needs the column-wise path."""
    padding = [NO_COLUMN] * n_hashes
    found = []
    for row in rows:
        numbers = []
        for column, value in zip(columns, row, strict=True):
            cell = _locate(value, column)
            if cell is None:
                return None
            outputs = [cell] if isinstance(cell, int) else cell
            numbers.append((outputs + padding)[:n_hashes])
        found.append(numbers)
    return found


def _locate(value: Any, column: FittedColumn) -> Cell | None:
    """The output columns of a value; None if it needs the column-wise path."""
    locator = column.locator
    vocabulary = locator.vocabulary
    key = _key(value, vocabulary.kind)
    if key is None:
        return None
    if key is MISSING_KEY and locator.ignore_missing:
        return NO_COLUMN
    slot = vocabulary.missing_slot if key is MISSING_KEY else vocabulary.slot_of(key)
    if slot >= 0:
        return column.start + slot
    if not locator.n_buckets:
        return []
    hashed = key.to_bytes(8, "little") if isinstance(key, int) else key
    first = column.first_bucket
    return [first + bucket for bucket in buckets_of(hashed, locator.n_buckets, locator.seeds)]


def _key(value: Any, kind: Kind | None) -> str | int | bytes | None:
    """A text itself, or the key of a number; None for a value that needs the column-wise path."""
    form = type(value)
    if form is str:
        return value if kind == "text" and _is_valid(value) else None
    if value is None or value is pd.NA or value is pd.NaT or (form in _FLOATS and value != value):
        return MISSING_KEY
    if kind == "number" and (form in _NUMBERS or (form is int and _numbers.has_key(value))):
        return _numbers.key(value)
    return None


def _is_valid(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
