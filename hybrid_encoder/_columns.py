"""Columns: values of one kind, text or numbers, with the missing ones marked.

Whatever container and dtype a column came in, all that follows knows this form only.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import _text
from ._numbers import Numbers
from ._text import Text

Kind = Literal["text", "number"]


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
        if self.lengths is None:
            return element
        return int(np.searchsorted(np.cumsum(self.lengths), element, side="right"))

    def first_present(self) -> tuple[int, Any]:
        """The cell and the value of the first element that is not missing."""
        element = int(np.flatnonzero(~self.missing_elements())[0])
        where = element if self.codes is None else int(self.codes[element])
        values = _text.objects(self.values) if self.kind == "text" else self.values
        return self.cell_of(element), values[where : where + 1].tolist()[0]


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
        row = 0 if column.kind is None else column.first_present()[0]
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
