"""Checks of the number type and container of the output, and the inverse of `transform`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray

from .fitted_column import FittedColumn

_INT32_MAX = 2**31 - 1


def check_dtype(dtype: DTypeLike, tail_weight: float) -> None:
    """Check that a number type can hold the entries.

    Raises
    ------
    ValueError
        If SciPy has no sparse matrices of this type, or if it cannot hold the tail weight.
    """
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise TypeError(
            f"dtype={dtype!r} is not a number type. Use numpy.float64, numpy.float32 or an integer type."
        ) from None
    if kind.kind not in "iuf" or kind == np.float16 or kind.itemsize > 8:
        raise ValueError(
            f"dtype={dtype!r} cannot hold the output. Use numpy.float64, numpy.float32 or an integer "
            "type."
        )
    most = float(np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max)
    weight = float(tail_weight)
    is_rounded = kind.kind in "iu" and not weight.is_integer()
    if weight > most or is_rounded or np.array(weight).astype(kind) == 0:
        raise ValueError(
            f"dtype={dtype!r} cannot hold tail_weight={tail_weight}. Use numpy.float64, or "
            "tail_weight=1."
        )


def check_container(container: str, sparse_output: bool) -> None:
    """Check that the output can have the container that `set_output` requests.

    Raises
    ------
    ValueError
        If the container is a dataframe and the output is sparse.
    """
    if container != "default" and sparse_output:
        name = container.capitalize()
        raise ValueError(
            f"{name} output does not support sparse data. Set sparse_output=False to output "
            f"{container} dataframes or disable {name} output via "
            "`encoder.set_output(transform='default')`."
        )


def decode(encoded: Any, columns: Sequence[FittedColumn]) -> NDArray[np.object_]:
    """Head values of encoded rows: None for a tail or missing value, lists in columns of lists.

    A list holds each head value as often as the encoded list did, and no tail values.

    Raises
    ------
    ValueError
        If the number of columns is not that of `transform`, or if values in a column of lists are not
        counts.
    """
    n_features_out = columns[-1].end
    if encoded.shape[1] != n_features_out:
        raise ValueError(
            f"X has {encoded.shape[1]} columns, but transform returns {n_features_out}. Pass the result "
            "of transform of this encoder."
        )
    matrix = sp.csr_array(encoded, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    decoded = np.full((matrix.shape[0], len(columns)), None, dtype=object)
    for number, column in enumerate(columns):
        values = column.vocabulary.values
        slots = matrix.indices - column.start
        head = np.flatnonzero((slots >= 0) & (slots < len(values)))
        found = np.empty(len(head), dtype=object)
        found[:] = values[slots[head]].tolist()
        if not column.multi_hot:
            decoded[rows[head], number] = found
            continue
        times = matrix.data[head]
        possible = (times >= 0) & (times <= _INT32_MAX)
        if not possible.all():
            row = rows[head][np.argmin(possible)]
            raise ValueError(
                f"Row {row} of X does not hold the counts of a list. Pass the result of transform."
            )
        times = np.rint(times).astype(np.int64)
        found, cells = np.repeat(found, times), np.repeat(rows[head], times)
        ends = np.searchsorted(cells, np.arange(matrix.shape[0] + 1))
        for row, (begin, end) in enumerate(pairwise(ends)):
            decoded[row, number] = found[begin:end].tolist()
    return decoded
