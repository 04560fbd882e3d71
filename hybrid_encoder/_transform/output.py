"""Number type and container of the output, and encoded rows turned back into values."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray

from .layout import Layout

_INT32_MAX = 2**31 - 1


def check_dtype(dtype: DTypeLike, tail_weight: float) -> None:
    """Whether a number type can hold what the entries will be.

    Raises
    ------
    ValueError
        If it is no number type that SciPy's matrices can have, or would change the tail's weight.
    """
    kind = np.dtype(dtype)
    if kind.kind not in "iuf" or kind == np.float16 or kind.itemsize > 8:
        raise ValueError(
            f"dtype={dtype!r} cannot hold the output. Use numpy.float64, numpy.float32 or an integer "
            "type."
        )
    most = float(np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max)
    weight = float(tail_weight)
    broken = kind.kind in "iu" and not weight.is_integer()
    if weight > most or broken or np.array(weight).astype(kind) == 0:
        raise ValueError(
            f"dtype={dtype!r} cannot hold tail_weight={tail_weight}. Use numpy.float64, or "
            "tail_weight=1."
        )


def check_container(container: str, sparse_output: bool) -> None:
    """Whether the output can have the form that `set_output` asks for.

    Raises
    ------
    ValueError
        If it is that of a dataframe, and the output is sparse.
    """
    if container != "default" and sparse_output:
        name = container.capitalize()
        raise ValueError(
            f"{name} output does not support sparse data. Set sparse_output=False to output "
            f"{container} dataframes or disable {name} output via "
            "`encoder.set_output(transform='default')`."
        )


def decode(
    encoded: Any,
    layout: Layout,
    vocabularies: Sequence[NDArray[Any]],
    multi_hot: Sequence[bool],
) -> NDArray[np.object_]:
    """Head values of encoded rows: None for a tail or missing value, lists in columns of lists.

    In a list a value stands as often as it was counted; what was in the tail is left out.

    Raises
    ------
    ValueError
        If there are not as many columns as in the layout, or if values are no counts.
    """
    if encoded.shape[1] != layout.n_features_out:
        raise ValueError(
            f"X has {encoded.shape[1]} columns, but transform gives {layout.n_features_out}. Pass "
            "what transform of this encoder gave."
        )
    matrix = sp.csr_array(encoded, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    owners = np.searchsorted(layout.starts, matrix.indices, side="right") - 1
    slots = matrix.indices - layout.starts[owners]
    decoded = np.full((matrix.shape[0], len(vocabularies)), None, dtype=object)
    for column, values in enumerate(vocabularies):
        head = np.flatnonzero((owners == column) & (slots < len(values)))
        found = np.empty(len(head), dtype=object)
        found[:] = values[slots[head]].tolist()
        if not multi_hot[column]:
            decoded[rows[head], column] = found
            continue
        times = matrix.data[head]
        possible = (times >= 0) & (times <= _INT32_MAX)
        if not possible.all():
            row = rows[head][np.argmin(possible)]
            raise ValueError(
                f"Row {row} does not say how often a value stood in a list: pass what transform gave."
            )
        times = np.rint(times).astype(np.int64)
        found, cells = np.repeat(found, times), np.repeat(rows[head], times)
        ends = np.searchsorted(cells, np.arange(matrix.shape[0] + 1))
        for row, (begin, end) in enumerate(pairwise(ends)):
            decoded[row, column] = found[begin:end].tolist()
    return decoded
