"""Read an array of any container as a `Column` of text or numbers."""

import itertools
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import arrow as _arrow
from . import numbers as _numbers
from . import text as _text
from .columns import Column, all_missing, coded, of_numbers, of_text
from .errors import (
    ColumnError,
    bad_unicode,
    cell_of,
    mixture,
    nested,
    not_a_list,
    too_large,
    unreadable,
)

_LISTS = (list, tuple, set, frozenset, np.ndarray)
# Arrow has no type for these; they are read as Python objects.
_WITHOUT_ARROW = (nw.Object, nw.Int128, nw.UInt128, nw.Unknown)
_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)


def read_codes(raw: Any) -> Column | None:
    """Read a column that stores codes (pandas or polars categories, Arrow dictionaries), or return None.

    Raises
    ------
    ColumnError
        As `read_column`.
    """
    column = read_column(raw) if _holds_codes(raw) else None
    # In a column of lists, codes are of elements, not of cells.
    return column if column is not None and column.lengths is None else None


def _holds_codes(raw: Any) -> bool:
    if isinstance(raw, nw.Series):
        return raw.dtype in (nw.Categorical, nw.Enum)
    if isinstance(raw, pd.Categorical):
        return True
    kind = getattr(getattr(raw, "dtype", None), "pyarrow_dtype", None)
    return kind is not None and bool(_text.pa.types.is_dictionary(kind))


def read_column(raw: Any) -> Column:
    """Read a pandas, NumPy, Arrow or narwhals array.

    Raises
    ------
    ColumnError
        If a value is neither text nor a number, if the column mixes these, if a text is not valid
        Unicode, or if an integer needs more than eight bytes.
    """
    if isinstance(raw, nw.Series):
        return read_column(_from_narwhals(raw))
    if isinstance(raw, pd.Categorical):
        return _from_categorical(raw)
    if isinstance(raw, _MASKED):
        values = raw.to_numpy(dtype=raw.dtype.type, na_value=0)
        return of_numbers(values, np.asarray(raw.isna()))
    if _is_arrow_backed(raw):
        return _arrow.read(_text.pa.array(raw))
    if _text.is_arrow(raw):
        return _arrow.read(raw)
    values = np.asarray(raw)
    if values.dtype.kind in "biuf":
        return of_numbers(values, None)
    if values.dtype.kind in "OUT":
        return _from_objects(values.astype(object, copy=False))
    # A column of missing times only is a column of missing values.
    present = ~np.isnat(values) if values.dtype.kind in "mM" else np.ones(len(values), dtype=bool)
    if not present.any():
        return all_missing(len(values))
    raise unreadable(int(np.argmax(present)), values[np.argmax(present)])


def _from_narwhals(series: "nw.Series[Any]") -> Any:
    if not isinstance(series.dtype, _WITHOUT_ARROW):
        if _text.pa is not None:
            return series.to_arrow()
        if series.dtype.is_numeric() and not series.null_count():
            return series.to_numpy()
    cells = np.empty(len(series), dtype=object)
    cells[:] = series.to_list()
    return cells


def _is_arrow_backed(raw: Any) -> bool:
    dtype = getattr(raw, "dtype", None)
    return _text.pa is not None and (
        isinstance(dtype, pd.ArrowDtype)
        or (isinstance(dtype, pd.StringDtype) and dtype.storage != "python")
    )


def _from_categorical(raw: pd.Categorical) -> Column:
    categories = raw.categories.array
    column = coded(
        np.asarray(raw.codes), len(categories), lambda used: read_column(categories.take(used))
    )
    # Tuples as categories are read as lists, as in an object column.
    return column or _from_objects(np.asarray(raw, dtype=object))


def _from_objects(cells: NDArray[np.object_]) -> Column:
    try:
        return _from_python(cells)
    except UnicodeEncodeError:
        raise bad_unicode(cells) from None
    except OverflowError:
        raise too_large(cells) from None


def _from_python(cells: NDArray[np.object_]) -> Column:
    text = _text.from_objects(cells) if len(cells) > _text.FEW else None
    if text is not None:
        return of_text(text, _text.missing(text))
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
        return all_missing(len(cells))
    if all(issubclass(kind, str) for kind in types):
        return Column("text", _spread(_plain(_valid(present)), missing, None), absent)
    if all(_numbers.is_number_type(kind) for kind in types):
        return Column("number", _spread(_numbers.from_objects(present.tolist()), missing, 0), absent)
    raise mixture(cells)


def _plain(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """np.str_ and members of text enumerations as plain str."""
    plain = np.empty(len(texts), dtype=object)
    plain[:] = [str.__str__(text) for text in texts]
    return plain


def _spread(present: NDArray[Any], missing: NDArray[np.bool_], fill: object) -> NDArray[Any]:
    """Values with `fill` at the positions of missing ones."""
    if len(present) == len(missing):
        return present
    values = np.full(len(missing), fill, dtype=present.dtype)
    values[~missing] = present
    return values


def _from_lists(cells: NDArray[np.object_]) -> Column:
    """Read lists, tuples, sets or arrays; a missing cell is one missing element."""
    lists: list[Any] = []
    for row, cell in enumerate(cells):
        if isinstance(cell, _LISTS):
            if isinstance(cell, np.ndarray) and cell.ndim != 1:
                raise nested(row, cell) if cell.ndim else unreadable(row, cell)
            lists.append(cell)
        elif pd.isna(cell):
            lists.append((None,))
        else:
            raise not_a_list(row, cell)
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    flat = np.empty(int(lengths.sum()), dtype=object)
    for i, element in enumerate(itertools.chain.from_iterable(lists)):
        flat[i] = element
    try:
        if any(issubclass(kind, _LISTS) for kind in set(map(type, flat))):
            inner = next(i for i, element in enumerate(flat) if isinstance(element, _LISTS))
            raise nested(inner, flat[inner])
        elements = _from_objects(flat)
    except ColumnError as error:
        raise error.in_row(cell_of(error.row or 0, lengths)) from None
    return replace(elements, lengths=lengths)


def _valid(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the same texts, or raise ``UnicodeEncodeError`` if one cannot be encoded as UTF-8."""
    joined = "".join(texts)
    if not joined.isascii():
        joined.encode()
    return texts
