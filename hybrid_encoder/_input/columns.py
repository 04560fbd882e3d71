"""Columns: values of one kind, text or numbers, with the missing ones marked.

Whatever container and dtype a column came in, all that follows knows this form only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import numbers as _numbers
from . import text as _text
from .errors import BadCell, cell_of
from .numbers import Numbers
from .text import Text

Kind = Literal["text", "number"]

_SOME = 1 << 17  # codes at a time: NumPy makes indices of 64 bits of them


def take(values: Text | Numbers, where: NDArray[np.integer], kind: Kind | None) -> Text | Numbers:
    """The values at some positions."""
    return _text.take(values, where) if kind == "text" else values[where]


def end_to_end(parts: Sequence[Text | Numbers], kind: Kind | None) -> Text | Numbers:
    """Several arrays of values as one; those without any may be of whatever kind."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return np.zeros(0)
    if kind == "text":
        return _text.concatenate([_text.in_bulk(part) for part in filled])
    return _numbers.concatenate(filled)


def factorize(values: Text | Numbers, kind: Kind | None) -> tuple[NDArray[np.integer], Text | Numbers]:
    """Each value's number among the distinct ones (missing text: -1), and these."""
    return _text.factorize(values) if kind == "text" else _numbers.factorize(values)


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a column, one per element, or one per code.

    Attributes
    ----------
    kind : {"text", "number"} or None
        None where nothing is there but missing values.
    values : Text or Numbers
        One per element; with `codes`, whatever these point to.
    missing : ndarray of bool, or None
        Which of `values` are missing; None: none is.
    codes : ndarray of integers, or None
        For each element, the position of its value; -1 stands for missing.
    lengths : ndarray of int64, or None
        In a column of lists, how many elements each cell has; elsewhere a cell is one element.
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
        """Which elements are missing."""
        of_values = np.zeros(len(self.values), bool) if self.missing is None else self.missing
        # A code of -1 finds the last entry, which stands for missing.
        return of_values if self.codes is None else np.append(of_values, True)[self.codes]

    def infinite_elements(self) -> NDArray[np.bool_]:
        """Which elements are infinite numbers."""
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


def nothing(n_elements: int) -> Column:
    """A column of nothing but missing values."""
    return Column(None, np.zeros(n_elements), np.ones(n_elements, dtype=bool))


def of_numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None) -> Column:
    """A column of a NumPy array of numbers; NaN is missing, whatever `missing` says.

    Raises
    ------
    BadCell
        If they are wider than 64 bits.
    """
    if values.dtype.itemsize > 8:
        if np.isnan(values).all():
            return nothing(len(values))
        raise BadCell(0, values[0], "is wider than 64 bits.", "Convert with .astype(float).")
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
        return nothing(len(values))
    return Column(kind, values, missing)


def coded(
    codes: NDArray[np.integer], n_values: int, read: Callable[[NDArray[np.integer]], Column]
) -> Column | None:
    """A column of codes; None if what they stand for are lists, whose codes must be undone first.

    Parameters
    ----------
    codes : ndarray of integers
        For each element, the number of its value; -1 for a missing one.
    n_values : int
        How many values the numbers may stand for.
    read : callable
        Gives a column of the values with some numbers. Those that no element has are never read.
    """
    own = codes
    if len(codes) < n_values:
        used = np.unique(codes[codes >= 0])
        codes = np.where(codes < 0, -1, np.searchsorted(used, codes)).astype(np.int32)
    else:
        used = _used(codes, n_values)
    if len(used) == 0:
        return nothing(len(codes))
    try:
        values = read(used)
    except BadCell as bad:
        raise bad.at(int(np.argmax(own == used[bad.row]))) from None
    if values.lengths is not None:
        return None
    if values.codes is not None:
        codes = np.append(values.codes, -1)[codes]
    return nothing(len(codes)) if values.kind is None else replace(values, codes=codes)


def _used(codes: NDArray[np.integer], n_values: int) -> NDArray[np.intp]:
    """The numbers that codes have; where others lie between them, one that is used stands in."""
    seen = np.zeros(n_values + 1, dtype=bool)
    for start in range(0, len(codes), _SOME):
        seen[codes[start : start + _SOME]] = True
    used = np.flatnonzero(seen[:-1])  # a code of -1 has marked the last one
    if len(used) in (0, n_values):
        return used
    numbers = np.full(n_values, used[0])
    numbers[used] = used
    return numbers


def check_kind(
    column: Column,
    kind: Kind | None,
    multi_hot: bool,
    label: object,
    first_row: int = 0,
) -> Column:
    """Hold a column against what it was at fit; give it back in the form that `fit` saw.

    Raises
    ------
    TypeError
        If it held text and now holds numbers, or the reverse; likewise for lists and single values.
    """
    if column.kind is None:
        # Nothing but missing values fits any kind; a missing cell of lists is one missing element.
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
        raise TypeError(
            f"Column {label!r}, row {first_row + row}: it held {was} at fit and holds {now} now. "
            f"{remedy}."
        )
    if kind is not None and column.kind != kind:
        row, value = column.first_present()
        raise TypeError(
            f"Column {label!r}, row {first_row + row}: {value!r} is a {column.kind}, but the column "
            f"held {_plural(kind)} at fit; argument must be a string or a number throughout, as at "
            f"fit. Convert it with .astype({'str' if kind == 'text' else 'float'}), or fit again."
        )
    return column


def refuse_missing(column: Column, label: object, first_row: int = 0) -> None:
    """Refuse missing values, and infinite ones with them, as scikit-learn's own validation does.

    Raises
    ------
    ValueError
        If there is one.
    """
    for found, name in (
        (column.missing_elements(), "missing (NaN, None or null)"),
        (column.infinite_elements(), "infinite (inf)"),
    ):
        if found.any():
            row = first_row + column.cell_of(int(np.argmax(found)))
            raise ValueError(
                f"Column {label!r}, row {row}: the value is {name}, and handle_missing='error'. "
                "Replace it, or set handle_missing to 'value' or 'ignore'."
            )


def _plural(kind: Kind) -> str:
    return "text" if kind == "text" else "numbers"
