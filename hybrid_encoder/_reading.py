"""Reading: from whatever array a table holds to a column of keys.

One function per sort of array; each ends in the same form. What is neither text nor a number is
refused.
"""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _numbers, _text
from ._columns import Column
from ._refusals import BadCell, bad_unicode, mixture, nested, not_a_list, too_large, unreadable
from ._text import Text

_LISTS = (list, tuple, set, frozenset, np.ndarray)
_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)

# Below this many cells Python's own objects are quicker than Arrow's arrays.
_FEW_CELLS = 64


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
        reason = "is complex. Complex data not supported."
        raise BadCell(0, values[0], reason, "Pass its parts as two columns.", ValueError)
    raise unreadable(0, values[0])


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
    raise unreadable(row, array[row].as_py())


def _from_arrow_lists(array: Any) -> Column:
    array = array.cast(_text.pa.large_list(array.type.value_type))
    lengths = _text.pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    elements = _from_arrow(array.flatten())
    if elements.lengths is not None:
        raise nested(0, array[0].as_py())
    absent = _text.missing(array)
    if absent is None:
        return replace(elements, lengths=lengths)
    codes = np.arange(len(elements.values)) if elements.codes is None else elements.codes
    codes = np.insert(codes, (np.cumsum(lengths) - lengths)[absent], -1)
    return replace(elements, codes=codes, lengths=np.where(absent, 1, lengths))


def _with_codes(values: Column, codes: NDArray[np.integer]) -> Column:
    """A column of codes into `values`; their values alone where these are fewer."""
    if values.lengths is not None or values.codes is not None:
        raise nested(0, "a dictionary of lists or of codes")
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
        return _from_python(cells)
    except UnicodeEncodeError:
        raise bad_unicode(cells) from None
    except OverflowError:
        raise too_large(cells) from None


def _from_python(cells: NDArray[np.object_]) -> Column:
    text = _text.from_objects(cells) if len(cells) > _FEW_CELLS else None
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
        return Column("text", _spread(_plain(_valid(present)), missing, None), absent)
    if all(_numbers.is_number_type(kind) for kind in types):
        return Column("number", _spread(_numbers.from_objects(present.tolist()), missing, 0), absent)
    raise mixture(cells)


def _plain(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """The text that np.str_ and members of text enumerations hold."""
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
                raise nested(row, cell)
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
    except BadCell as bad:
        if bad.row is not None:
            bad.row = int(np.searchsorted(np.cumsum(lengths), bad.row, side="right"))
        raise
    return replace(elements, lengths=lengths)


def _valid(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    """The same texts, if all of them have UTF-8 bytes; a ``UnicodeEncodeError`` if not."""
    joined = "".join(texts)
    if not joined.isascii():
        joined.encode()
    return texts
