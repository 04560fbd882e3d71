"""`Column`: values of one kind, text or numbers, and a mask of missing ones.

Every container and dtype is read into this form, the only one that the other sub-packages use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import numbers as _numbers
from . import text as _text
from .errors import ColumnError, cell_of, shown
from .numbers import Numbers
from .text import Text

Kind = Literal["text", "number"]

_CHUNK = 1 << 17  # codes marked at a time, as NumPy converts them to indices of 64 bits


def take(values: Text | Numbers, where: NDArray[np.integer], kind: Kind | None) -> Text | Numbers:
    """The values at some positions."""
    return _text.take(values, where) if kind == "text" else values[where]


def concatenate(parts: Sequence[Text | Numbers], kind: Kind | None) -> Text | Numbers:
    """Concatenate arrays of values; empty arrays may be of any kind."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return np.zeros(0)
    if kind == "text":
        return _text.concatenate([_text.to_arrow(part) for part in filled])
    return _numbers.concatenate(filled)


def factorize(values: Text | Numbers, kind: Kind | None) -> tuple[NDArray[np.integer], Text | Numbers]:
    """Code of each value (missing text: -1), and the distinct values in the order of their codes."""
    return _text.factorize(values) if kind == "text" else _numbers.factorize(values)


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column: one per element, or one per code.

    Attributes
    ----------
    kind : {"text", "number"} or None
        None if all values are missing.
    values : Text or Numbers
        One per element; with `codes`, one per code.
    missing : ndarray of bool, or None
        Mask of missing `values`; None if no value is missing.
    codes : ndarray of integers, or None
        Position in `values` of each element; -1 is a missing element.
    lengths : ndarray of int64, or None
        Number of elements of each cell in a column of lists; None if each cell is one element.
    """

    kind: Kind | None
    values: Text | Numbers
    missing: NDArray[np.bool_] | None = None
    codes: NDArray[np.integer] | None = None
    lengths: NDArray[np.int64] | None = None

    @property
    def n_elements(self) -> int:
        return len(self.values if self.codes is None else self.codes)

    @property
    def n_cells(self) -> int:
        return self.n_elements if self.lengths is None else len(self.lengths)

    def missing_elements(self) -> NDArray[np.bool_]:
        """Mask of missing elements."""
        of_values = np.zeros(len(self.values), bool) if self.missing is None else self.missing
        # A code of -1 selects the last entry, that of a missing value.
        return of_values if self.codes is None else np.append(of_values, True)[self.codes]

    def infinite_elements(self) -> NDArray[np.bool_]:
        """Mask of infinite numbers."""
        infinite = (
            np.isinf(self.values.astype(np.float64))
            if self.kind == "number"
            else np.zeros(len(self.values), dtype=bool)
        )
        return infinite if self.codes is None else np.append(infinite, False)[self.codes]

    def cell_of(self, element: int) -> int:
        """The cell that an element belongs to."""
        return element if self.lengths is None else cell_of(element, self.lengths)

    def first_present(self) -> tuple[int, Any]:
        """The cell and the value of the first element that is not missing."""
        element = int(np.flatnonzero(~self.missing_elements())[0])
        where = element if self.codes is None else int(self.codes[element])
        values = _text.objects(self.values) if self.kind == "text" else self.values
        return self.cell_of(element), values[where : where + 1].tolist()[0]


def all_missing(n_elements: int) -> Column:
    """A column of missing values only."""
    return Column(None, np.zeros(n_elements), np.ones(n_elements, dtype=bool))


def of_numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None) -> Column:
    """A column of a NumPy array of numbers; NaN is missing, with or without a mask.

    Raises
    ------
    ColumnError
        If the numbers are wider than 64 bits.
    """
    if values.dtype.itemsize > 8:
        if np.isnan(values).all():
            return all_missing(len(values))
        raise ColumnError(
            f"{shown(values[0])} is wider than 64 bits. Convert with .astype(float).", row=0
        )
    numbers = _numbers.widen(values)
    if numbers.dtype == np.float64:
        absent = np.isnan(numbers)
        missing = absent if missing is None else missing | absent
    return _of_kind("number", numbers, missing)


def of_text(text: Text, missing: NDArray[np.bool_] | None) -> Column:
    """A column of texts."""
    return _of_kind("text", text, missing)


def _of_kind(kind: Kind, values: Text | Numbers, missing: NDArray[np.bool_] | None) -> Column:
    if missing is None or not missing.any():
        missing = None
    if len(values) == 0 or (missing is not None and missing.all()):
        return all_missing(len(values))
    return Column(kind, values, missing)


def coded(
    codes: NDArray[np.integer], n_values: int, read: Callable[[NDArray[np.integer]], Column]
) -> Column | None:
    """A column of codes; None if the coded values are lists, which must be decoded first.

    Parameters
    ----------
    codes : ndarray of integers
        Code of each element; -1 for a missing one.
    n_values : int
        Number of values that codes may refer to.
    read : callable
        Takes codes and returns a column of their values. Values that no element uses are never read.
    """
    original = codes
    if len(codes) < n_values:
        used = np.unique(codes[codes >= 0])
        codes = np.where(codes < 0, -1, np.searchsorted(used, codes)).astype(np.int32)
    else:
        used = _used(codes, n_values)
    if len(used) == 0:
        return all_missing(len(codes))
    try:
        values = read(used)
    except ColumnError as error:
        raise error.in_row(int(np.argmax(original == used[error.row or 0]))) from None
    if values.lengths is not None:
        return None
    if values.codes is not None:
        codes = np.append(values.codes, -1)[codes]
    return all_missing(len(codes)) if values.kind is None else replace(values, codes=codes)


def _used(codes: NDArray[np.integer], n_values: int) -> NDArray[np.intp]:
    """The codes to read: the codes in use, in place of each unused code any code in use."""
    seen = np.zeros(n_values + 1, dtype=bool)
    for start in range(0, len(codes), _CHUNK):
        seen[codes[start : start + _CHUNK]] = True
    used = np.flatnonzero(seen[:-1])  # a code of -1 marks the last entry
    if len(used) in (0, n_values):
        return used
    to_read = np.full(n_values, used[0])
    to_read[used] = used
    return to_read


def check_kind(column: Column, kind: Kind | None, multi_hot: bool) -> Column:
    """Check that a column is of the kind seen by `fit`, and return it in the form seen by `fit`.

    Raises
    ------
    ColumnError
        If it held text and now holds numbers, or the reverse; likewise for lists and single values.
    """
    if column.kind is None:
        # Missing values fit any kind; a missing cell in a column of lists is one missing element.
        if multi_hot and column.lengths is None:
            return replace(column, lengths=np.ones(column.n_cells, dtype=np.int64))
        if multi_hot or column.lengths is None:
            return column
    if multi_hot != (column.lengths is not None):
        row = int(np.argmax(column.lengths != 1)) if column.kind is None else column.first_present()[0]
        was, now, remedy = (
            ("lists", "single values", "Wrap every value in a list")
            if multi_hot
            else ("single values", "lists", "Pass single values, or fit on lists")
        )
        raise ColumnError(f"it held {was} at fit and holds {now} now. {remedy}.", row)
    if kind is not None and column.kind != kind:
        row, value = column.first_present()
        plural, dtype = ("text", "str") if kind == "text" else ("numbers", "float")
        raise ColumnError(
            f"{value!r} is a {column.kind}, but the column held {plural} at fit; argument must be a "
            f"string or a number throughout, as at fit. Convert it with .astype({dtype}), or fit again.",
            row,
        )
    return column


def check_not_missing(column: Column) -> None:
    """Raise if a value is missing or infinite, as scikit-learn's own validation does.

    Raises
    ------
    ColumnError
        If there is one.
    """
    for found, name in (
        (column.missing_elements(), "missing (NaN, None or null)"),
        (column.infinite_elements(), "infinite (inf)"),
    ):
        if found.any():
            raise ColumnError(
                f"the value is {name}, and handle_missing='error'. Replace it, or set handle_missing to "
                "'value' or 'ignore'.",
                column.cell_of(int(np.argmax(found))),
                ValueError,
            )
