"""What cannot be read, and what its user is told: the row, the value, and what to do."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import numbers as _numbers

_REMEDIES = {
    "dict": "Take it apart into columns of its items.",
    "bytes": "Decode it to text first, with .str.decode('utf-8').",
}


class BadCell(Exception):
    """A value that cannot be read, before it is known which column it is in."""

    def __init__(
        self,
        row: int,
        value: object,
        reason: str,
        remedy: str,
        kind: type[Exception] = TypeError,
    ) -> None:
        super().__init__(row, value, reason, remedy, kind)
        self.row, self.value, self.reason, self.remedy, self.kind = row, value, reason, remedy, kind

    def at(self, row: int) -> "BadCell":
        """The same refusal of a value in another row."""
        return BadCell(row, self.value, self.reason, self.remedy, self.kind)

    def error(self, label: object, first_row: int) -> Exception:
        """The error that users see."""
        shown = repr(self.value)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return self.kind(
            f"Column {label!r}, row {first_row + self.row}: {shown} {self.reason} {self.remedy}"
        )


def cell_of(element: int, lengths: NDArray[np.int64]) -> int:
    """The cell that an element is in, given how many elements each cell has."""
    return int(np.searchsorted(np.cumsum(lengths), element, side="right"))


def unreadable(row: int, value: object) -> BadCell:
    """Neither text nor a number."""
    if isinstance(value, complex | np.complexfloating):
        reason = "is complex. Complex data not supported."
        return BadCell(row, value, reason, "Pass its parts as two columns.", ValueError)
    name = type(value).__name__
    remedy = _REMEDIES.get(name, "Convert the column, for example with .astype(str).")
    reason = f"is a {name}; argument must be a string or a number, or a list of these."
    return BadCell(row, value, reason, remedy)


def mixture(cells: NDArray[np.object_]) -> BadCell:
    """The first value that is not of the kind of those before it, or of no kind at all."""
    kinds: set[str] = set()
    for row in np.flatnonzero(~pd.isna(cells)).tolist():
        cell: Any = cells[row]
        if not isinstance(cell, str) and not _numbers.is_number_type(type(cell)):
            return unreadable(row, cell)
        kinds.add("text" if isinstance(cell, str) else "number")
        if len(kinds) == 2:
            is_text = isinstance(cell, str)
            reason = (
                f"is a {'text' if is_text else 'number'} in a column of "
                f"{'numbers' if is_text else 'text'}; argument must be a string or a number "
                "throughout one column."
            )
            remedy = "Convert the column with .astype(str), or split it in two."
            return BadCell(row, cell, reason, remedy)
    raise AssertionError("called for a column without a mixture")


def nested(row: int, cell: object) -> BadCell:
    """A list in a list."""
    return BadCell(row, cell, "is a list in a list.", "Flatten it: a cell is a list of values.")


def not_a_list(row: int, cell: object) -> BadCell:
    """A single value in a column of lists."""
    remedy = "Wrap every value in a list, or pass single values throughout."
    return BadCell(row, cell, "is a single value in a column of lists.", remedy)


def too_large(cells: NDArray[np.object_]) -> BadCell:
    """The first integer that has no key of eight bytes."""
    for row, cell in enumerate(cells):
        if isinstance(cell, int) and not _numbers.has_key(cell):
            reason = "is outside [-2**63, 2**64), and has no key of eight bytes."
            return BadCell(row, cell, reason, "Convert the column with .astype(str).", ValueError)
    raise AssertionError("called for integers that have keys")


def bad_unicode(cells: NDArray[np.object_]) -> BadCell:
    """The first text that has no UTF-8 bytes."""
    for row, cell in enumerate(cells):
        try:
            if isinstance(cell, str):
                cell.encode()
        except UnicodeEncodeError:
            reason = "holds a lone surrogate, and so has no UTF-8 bytes."
            remedy = "Repair it with .encode('utf-8', 'replace').decode()."
            return BadCell(row, cell, reason, remedy, ValueError)
    raise AssertionError("called for valid Unicode")
