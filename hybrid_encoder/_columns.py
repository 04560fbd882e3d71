"""Columns: from whatever array a table holds to values of one kind, with the missing ones marked.

Text or number, a column is read into the same form whatever its container and dtype, so that all
that follows knows one form only. What cannot be read is refused by column, row and value.
"""

import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _numbers, _text
from ._numbers import Numbers
from ._text import Text

Kind = Literal["text", "number"]

_LISTS = (list, tuple, set, frozenset, np.ndarray)
_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


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


def read_column(raw: Any, label: object, first_row: int = 0) -> Column:
    """Read a pandas, NumPy or Arrow array.

    Parameters
    ----------
    raw : array
        One column of a table.
    label : object
        What messages call the column.
    first_row : int, default=0
        Number of the first cell's row, for messages.

    Raises
    ------
    TypeError
        If a value is neither text nor a number, or if the column mixes these.
    ValueError
        If a text is not valid Unicode, or an integer needs more than eight bytes.
    """
    try:
        return _read(raw)
    except BadCell as bad:
        raise bad.error(label, first_row) from None


class BadCell(Exception):
    """A value that cannot be read, before it is known which column it is in."""

    def __init__(
        self, row: int | None, value: object, reason: str, remedy: str, kind: type[Exception]
    ) -> None:
        super().__init__(row, value, reason, remedy, kind)
        self.row, self.value, self.reason, self.remedy, self.kind = row, value, reason, remedy, kind

    def error(self, label: object, first_row: int) -> Exception:
        """The error that users see."""
        where = f"Column {label!r}" + ("" if self.row is None else f", row {first_row + self.row}")
        shown = repr(self.value)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        return self.kind(f"{where}: {shown} {self.reason} {self.remedy}")


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


def _read(raw: Any) -> Column:
    if isinstance(raw, pd.Categorical):
        return _with_codes(_read(raw.categories.array), np.asarray(raw.codes))
    if isinstance(raw, _MASKED):
        values = raw.to_numpy(dtype=raw.dtype.type, na_value=0)
        return _from_numeric(values, np.asarray(raw.isna()))
    if _text.pa is not None and _is_arrow_backed(raw):
        return _from_arrow(_text.one_chunk(_text.pa.array(raw)))
    if _text.is_arrow(raw):
        return _from_arrow(_text.one_chunk(raw))
    values = np.asarray(raw)
    if values.dtype.kind in "biuf":
        return _from_numeric(values, None)
    if values.dtype.kind in "OUT":
        return _from_objects(values.astype(object, copy=False))
    if values.dtype.kind == "c":
        raise BadCell(0, values[0], "is complex. Complex data not supported:", _SPLIT, ValueError)
    _refuse(0, values[0])


def _is_arrow_backed(raw: Any) -> bool:
    dtype = getattr(raw, "dtype", None)
    return isinstance(dtype, pd.ArrowDtype) or (
        isinstance(dtype, pd.StringDtype) and dtype.storage != "python"
    )


def _from_numeric(values: NDArray[Any], missing: NDArray[np.bool_] | None) -> Column:
    if values.dtype.itemsize > 8:
        raise BadCell(0, values[0], "is wider than 64 bits.", "Convert with .astype(float).", TypeError)
    numbers = _numbers.widen(values)
    if numbers.dtype == np.float64:
        absent = np.isnan(numbers)
        missing = absent if missing is None else missing | absent
    missing = missing if missing is not None and missing.any() else None
    if missing is not None and missing.all():
        return Column(None, numbers, missing)
    return Column("number", numbers, missing)


def _from_text(text: Text, missing: NDArray[np.bool_] | None) -> Column:
    return Column(None if missing is not None and missing.all() else "text", text, missing)


def _from_arrow(array: Any) -> Column:
    types, kind = _text.pa.types, array.type
    if types.is_dictionary(kind):
        signed = array.indices.cast(_text.pa.int64())
        codes = signed.fill_null(-1).to_numpy(zero_copy_only=False)
        return _with_codes(_from_arrow(array.dictionary), codes)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        text = _text.from_arrow(array)
        return _from_text(text, _text.missing(text))
    if types.is_null(kind):
        return Column(None, np.zeros(len(array)), np.ones(len(array), dtype=bool))
    if types.is_boolean(kind):
        array, kind = array.cast(_text.pa.int8()), _text.pa.int8()
    if types.is_integer(kind) or types.is_floating(kind):
        missing = _text.missing(array)
        if missing is not None:
            array = array.fill_null(array.type.to_pandas_dtype()(0))
        return _from_numeric(array.to_numpy(zero_copy_only=False), missing)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _from_arrow_lists(array)
    row = int(np.argmax(array.is_valid().to_numpy(zero_copy_only=False)))
    _refuse(row, array[row].as_py())


def _from_arrow_lists(array: Any) -> Column:
    array = array.cast(_text.pa.large_list(array.type.value_type))
    lengths = _text.pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    elements = _from_arrow(array.flatten())
    if elements.lengths is not None:
        raise _nested(0, array[0].as_py())
    absent = _text.missing(array)
    if absent is None:
        return replace(elements, lengths=lengths)
    codes = np.arange(len(elements.values)) if elements.codes is None else elements.codes
    codes = np.insert(codes, (np.cumsum(lengths) - lengths)[absent], -1)
    return replace(elements, codes=codes, lengths=np.where(absent, 1, lengths))


def _with_codes(values: Column, codes: NDArray[np.integer]) -> Column:
    """A column of codes into `values`; their values alone where these are fewer."""
    if values.lengths is not None or values.codes is not None:
        raise _nested(0, "a dictionary of lists or of codes")
    if not (codes >= 0).any():
        return Column(None, np.zeros(0), codes=codes)
    if len(codes) < len(values.values):
        used, codes = np.unique(codes, return_inverse=True)
        if used[0] == -1:
            used, codes = used[1:], codes - 1
        missing = None if values.missing is None else values.missing[used]
        chosen = (_text.take if values.kind == "text" else np.take)(values.values, used)
        values = replace(values, values=chosen, missing=missing)
    return replace(values, codes=codes)


def _from_objects(cells: NDArray[np.object_]) -> Column:
    try:
        text = _text.from_objects(cells) if len(cells) > _FEW_CELLS else None
    except UnicodeEncodeError:
        raise _bad_unicode(cells) from None
    if text is not None:
        return _from_text(text, _text.missing(text))
    types = set(map(type, cells))
    if types == {str}:
        return Column("text", _valid(cells))
    if any(issubclass(kind, _LISTS) for kind in types):
        return _from_lists(cells)
    missing = pd.isna(cells)
    present = cells[~missing]
    absent = missing if missing.any() else None
    types = set(map(type, present))
    if not types:
        return Column(None, np.zeros(len(cells)), absent)
    if all(issubclass(kind, str) for kind in types):
        # np.str_ and members of text enumerations are the text they hold.
        _valid(present)
        return Column("text", _spread(_plain(present), missing, None), absent)
    if all(_numbers.is_number_type(kind) for kind in types):
        return Column("number", _spread(_exact(present), missing, 0), absent)
    _refuse_mixture(cells, missing)


# Below this many cells Python's own objects are quicker than Arrow's arrays.
_FEW_CELLS = 64


def _exact(cells: NDArray[np.object_]) -> Numbers:
    try:
        return _numbers.from_objects(cells.tolist())
    except OverflowError as error:
        raise BadCell(
            None,
            error.args[0],
            "is outside [-2**63, 2**64), and has no key of eight bytes.",
            "Convert the column with .astype(str).",
            ValueError,
        ) from None


def _plain(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    plain = np.empty(len(texts), dtype=object)
    plain[:] = [str.__str__(text) for text in texts]
    return plain


def _spread(present: NDArray[Any], missing: NDArray[np.bool_], fill: object) -> NDArray[Any]:
    """Values with `fill` put back where missing ones were left out."""
    if len(present) == len(missing):
        return present
    values = np.full(len(missing), fill, dtype=present.dtype)
    values[~missing] = present
    return values


def _from_lists(cells: NDArray[np.object_]) -> Column:
    """Cells that are lists, tuples, sets or arrays; a missing cell is one missing element."""
    lists: list[Any] = []
    for row, cell in enumerate(cells):
        if isinstance(cell, _LISTS):
            if isinstance(cell, np.ndarray) and cell.ndim != 1:
                raise _nested(row, cell)
            lists.append(cell)
        elif pd.isna(cell):
            lists.append((None,))
        else:
            raise BadCell(
                row,
                cell,
                "is a single value in a column of lists.",
                "Wrap every value in a list, or pass single values throughout.",
                TypeError,
            )
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    flat = np.empty(int(lengths.sum()), dtype=object)
    for i, element in enumerate(itertools.chain.from_iterable(lists)):
        flat[i] = element
    try:
        if any(issubclass(kind, _LISTS) for kind in set(map(type, flat))):
            inner = next(i for i, element in enumerate(flat) if isinstance(element, _LISTS))
            raise _nested(inner, flat[inner])
        elements = _from_objects(flat)
    except BadCell as bad:
        if bad.row is not None:
            bad.row = int(np.searchsorted(np.cumsum(lengths), bad.row, side="right"))
        raise
    return replace(elements, lengths=lengths)


_SPLIT = "split it into columns of its parts."
_REMEDIES = {
    "dict": "Take it apart into columns of its items.",
    "bytes": "Decode it to text first, with .str.decode('utf-8').",
}


def _refuse(row: int, value: object) -> NoReturn:
    name = type(value).__name__
    raise BadCell(
        row,
        value,
        f"is a {name}; argument must be a string or a number, or a list of these.",
        _REMEDIES.get(name, "Convert the column, for example with .astype(str)."),
        TypeError,
    )


def _refuse_mixture(cells: NDArray[np.object_], missing: NDArray[np.bool_]) -> NoReturn:
    first: str | None = None
    for row in np.flatnonzero(~missing):
        cell = cells[row]
        if isinstance(cell, str):
            kind = "text"
        elif _numbers.is_number_type(type(cell)):
            kind = "number"
        else:
            _refuse(int(row), cell)
        first = first or kind
        if kind != first:
            raise BadCell(
                int(row),
                cell,
                f"is a {kind} in a column of {'text' if first == 'text' else 'numbers'}; argument "
                "must be a string or a number throughout one column.",
                "Convert the column with .astype(str), or split it in two.",
                TypeError,
            )
    raise AssertionError("called for a column without a mixture")


def _nested(row: int, cell: object) -> BadCell:
    return BadCell(
        row, cell, "is a list in a list.", "Flatten it: a cell is a list of values.", TypeError
    )


def _valid(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """The same texts, when all of them have UTF-8 bytes."""
    joined = "".join(texts)
    try:
        joined.isascii() or joined.encode()
    except UnicodeEncodeError:
        raise _bad_unicode(texts) from None
    return texts


def _bad_unicode(cells: NDArray[np.object_]) -> BadCell:
    for row, cell in enumerate(cells):
        try:
            if isinstance(cell, str):
                cell.encode()
        except UnicodeEncodeError:
            return BadCell(
                row,
                cell,
                "holds a lone surrogate, and so has no UTF-8 bytes.",
                "Repair it with .encode('utf-8', 'replace').decode().",
                ValueError,
            )
    raise AssertionError("called for valid Unicode")
