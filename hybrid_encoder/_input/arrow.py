"""Read Arrow arrays of any type. Used only where pyarrow is installed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import text as _text
from .columns import Column, all_missing, coded, of_numbers, of_text
from .errors import ColumnError, cell_of, nested, unreadable


def read(array: Any) -> Column:
    """Read an Arrow array, chunked or not.

    Raises
    ------
    ColumnError
        If it holds anything other than text, numbers or lists of these.
    """
    pa, pc = _text.pa, _text.pc
    array = _text.one_chunk(array)
    types, kind = pa.types, array.type
    if array.null_count == len(array):
        return all_missing(len(array))
    if types.is_dictionary(kind):
        return _from_dictionary(array)
    if types.is_run_end_encoded(kind):
        return read(pc.run_end_decode(array))
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        text = _text.from_arrow(array)
        return of_text(text, _text.missing(text))
    if types.is_boolean(kind):
        return of_numbers(*_numbers_of(array.cast(pa.int8())))
    if types.is_integer(kind) or types.is_floating(kind):
        return of_numbers(*_numbers_of(array))
    if any(is_list(kind) for is_list in _list_types()):
        return _from_lists(array)
    row = int(np.argmax(array.is_valid().to_numpy(zero_copy_only=False)))
    raise unreadable(row, array[row].as_py())


def _numbers_of(array: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The values of an array of numbers, and a mask of missing ones."""
    missing = _text.missing(array)
    if missing is not None:
        array = array.fill_null(array.type.to_pandas_dtype()(0))
    return array.to_numpy(zero_copy_only=False), missing


def _list_types() -> list[Callable[[Any], bool]]:
    types = _text.pa.types
    return [
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_list_view,
        types.is_large_list_view,
    ]


def _from_dictionary(array: Any) -> Column:
    # Code -1 marks a missing value, so the codes need a signed type; the narrowest saves memory.
    signed = np.min_scalar_type(-max(1, len(array.dictionary)))
    codes = array.indices.cast(_text.pa.from_numpy_dtype(signed))
    codes = codes.fill_null(-1).to_numpy(zero_copy_only=False)
    values = array.dictionary
    column = coded(codes, len(values), lambda used: read(values.take(_text.pa.array(used))))
    return column or read(array.dictionary_decode())


def _from_lists(array: Any) -> Column:
    lengths = _text.pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    lengths = lengths.astype(np.int64)
    try:
        elements = read(array.flatten())
    except ColumnError as error:
        raise error.in_row(cell_of(error.row or 0, lengths)) from None
    if elements.lengths is not None:
        cells = array.to_pylist()
        row = next(i for i, cell in enumerate(cells) if any(inner is not None for inner in cell or ()))
        raise nested(row, cells[row])
    absent = _text.missing(array)
    if absent is None:
        return replace(elements, lengths=lengths)
    if elements.kind is None:
        return replace(all_missing(len(elements.values) + int(absent.sum())), lengths=lengths + absent)
    codes = np.arange(len(elements.values)) if elements.codes is None else elements.codes
    codes = np.insert(codes, (np.cumsum(lengths) - lengths)[absent], -1)
    return replace(elements, codes=codes, lengths=np.where(absent, 1, lengths))
