"""Errors in one column of a table, and messages for values that cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import numbers as _numbers

_REMEDIES = {
    "dict": "Expand it into one column per key.",
    "bytes": "Decode it to text first, with .str.decode('utf-8').",
}


class ColumnError(Exception):
    """An error in a column, raised where the name of the column is not known.

    `column_errors` turns it into the error that users see.

    Parameters
    ----------
    message : str
        The error and its remedy.
    row : int, default=None
        The row of the value that is wrong.
    kind : type of exception, default=TypeError
        The error that users see.
    """

    def __init__(self, message: str, row: int | None = None, kind: type[Exception] = TypeError) -> None:
        super().__init__(message)
        self.message, self.row, self.kind = message, row, kind

    def in_row(self, row: int) -> "ColumnError":
        """The same error in another row."""
        return ColumnError(self.message, row, self.kind)


@contextmanager
def column_errors(label: object, first_row: int = 0) -> Iterator[None]:
    """Name the column, and the row if one is known, in errors of one column.

    Parameters
    ----------
    label : object
        Name of the column, or its position.
    first_row : int, default=0
        Number of the first row that is read.

    Examples
    --------
    >>> with column_errors("city", first_row=100):
    ...     raise ColumnError("the value is missing.", row=3, kind=ValueError)
    Traceback (most recent call last):
        ...
    ValueError: Column 'city', row 103: the value is missing.
    """
    try:
        yield
    except ColumnError as error:
        row = "" if error.row is None else f", row {first_row + error.row}"
        raise error.kind(f"Column {label!r}{row}: {error.message}") from None


def cell_of(element: int, lengths: NDArray[np.int64]) -> int:
    """The cell that an element belongs to, given the number of elements of each cell."""
    return int(np.searchsorted(np.cumsum(lengths), element, side="right"))


def shown(value: object) -> str:
    """The text of a value in messages, at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def unreadable(row: int, value: object) -> ColumnError:
    """Error for a value that is neither text nor a number."""
    if isinstance(value, complex | np.complexfloating):
        return ColumnError(
            f"{shown(value)} is complex. Complex data not supported. Pass real and imaginary part as "
            "two columns.",
            row,
            ValueError,
        )
    name = type(value).__name__
    remedy = _REMEDIES.get(name, "Convert the column, for example with .astype(str).")
    return ColumnError(
        f"{shown(value)} is a {name}; argument must be a string or a number, or a list of these. "
        f"{remedy}",
        row,
    )


def mixture(cells: NDArray[np.object_]) -> ColumnError:
    """Error for the first value that differs in kind from those before it, or has no kind."""
    kinds: set[str] = set()
    for row in np.flatnonzero(~pd.isna(cells)).tolist():
        cell: Any = cells[row]
        if not isinstance(cell, str) and not _numbers.is_number_type(type(cell)):
            return unreadable(row, cell)
        kinds.add("text" if isinstance(cell, str) else "number")
        if len(kinds) == 2:
            kind, others = ("text", "numbers") if isinstance(cell, str) else ("number", "text")
            return ColumnError(
                f"{shown(cell)} is a {kind} in a column of {others}; argument must be a string or a "
                "number throughout one column. Convert the column with .astype(str), or split it in "
                "two.",
                row,
            )
    raise AssertionError("called for a column without a mixture")


def nested(row: int, cell: object) -> ColumnError:
    """Error for a list in a list."""
    return ColumnError(
        f"{shown(cell)} is a list in a list. Flatten it: a cell is a list of values.", row
    )


def not_a_list(row: int, cell: object) -> ColumnError:
    """Error for a single value in a column of lists."""
    return ColumnError(
        f"{shown(cell)} is a single value in a column of lists. Wrap every value in a list, or pass "
        "single values throughout.",
        row,
    )


def too_large(cells: NDArray[np.object_]) -> ColumnError:
    """Error for the first integer that does not fit into eight bytes."""
    for row, cell in enumerate(cells):
        if isinstance(cell, int) and not _numbers.has_key(cell):
            return ColumnError(
                f"{shown(cell)} is outside [-2**63, 2**64), and has no key of eight bytes. Convert the "
                "column with .astype(str).",
                row,
                ValueError,
            )
    raise AssertionError("called for integers that have keys")


def bad_unicode(cells: NDArray[np.object_]) -> ColumnError:
    """Error for the first text that cannot be encoded as UTF-8."""
    for row, cell in enumerate(cells):
        try:
            if isinstance(cell, str):
                cell.encode()
        except UnicodeEncodeError:
            return ColumnError(
                f"{shown(cell)} holds a lone surrogate, and so has no UTF-8 bytes. Repair it with "
                ".encode('utf-8', 'replace').decode().",
                row,
                ValueError,
            )
    raise AssertionError("called for valid Unicode")
