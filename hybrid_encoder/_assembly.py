"""From slots and buckets to a canonical CSR matrix, and back.

The only place that builds a sparse matrix. Every entry's position in it is computed, so that it is
written once, in order: no sorting, no stacking of blocks, no second copy.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn import get_config

from ._entries import Entries
from ._layout import Layout
from ._placement import Places

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


class CsrWriter:
    """Writes blocks of rows, one after the other, into one CSR matrix.

    Parameters
    ----------
    n_rows : int
        Rows that are to come in all.
    n_columns : int
        Columns of the matrix.
    dtype : dtype
        Of the entries.
    """

    def __init__(self, n_rows: int, n_columns: int, dtype: DTypeLike) -> None:
        self._n_columns = n_columns
        self._indptr = np.zeros(n_rows + 1, dtype=np.int64)
        self._indices = np.empty(0, dtype=np.int32)
        self._data = np.empty(0, dtype=dtype)
        self._rows = 0

    def append(self, block: Sequence[Entries]) -> None:
        """Write the next rows."""
        row, begin = self._rows, int(self._indptr[self._rows])
        self._rows += sum(part.n_rows for part in block)
        self._reserve(begin + sum(part.n_entries for part in block))
        for part in block:
            end = begin + part.n_entries
            np.add(part.ends, begin, out=self._indptr[row + 1 : row + 1 + part.n_rows])
            part.write(self._indices[begin:end], self._data[begin:end])
            begin, row = end, row + part.n_rows

    def _reserve(self, n_entries: int) -> None:
        if n_entries <= len(self._indices):
            return
        # What the rows so far took tells what all will take, give or take a hundredth; where later rows
        # take more and more, an eighth at a time keeps copies few.
        n_rows = len(self._indptr) - 1
        expected = n_entries
        if self._rows < n_rows:
            expected = int(n_entries / self._rows * n_rows * 1.01)
            expected = max(expected, len(self._indices) // 8 * 9)
        self._indices = _grown(self._indices, expected)
        self._data = _grown(self._data, expected)

    def finish(self) -> Any:
        """The matrix, of the class that scikit-learn is configured to return."""
        n_entries = int(self._indptr[-1])
        self._indices.resize(n_entries, refcheck=False)
        self._data.resize(n_entries, refcheck=False)
        return canonical_csr(self._indptr, self._indices, self._data, self._n_columns)


def canonical_csr(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], data: NDArray[Any], n_columns: int
) -> Any:
    """A matrix of the class that scikit-learn is configured to return, from its sorted parts."""
    index = np.int32 if indptr[-1] <= _INT32_MAX else np.int64
    make = sp.csr_array if get_config().get("sparse_interface") == "sparray" else sp.csr_matrix
    parts = (data, indices.astype(index, copy=False), indptr.astype(index, copy=False))
    matrix = make(parts, shape=(len(indptr) - 1, n_columns))
    matrix.has_canonical_format = True
    return matrix


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """A longer array that begins with the same values; the rest is not touched yet."""
    longer = np.empty(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def write_indices(out: NDArray[np.int32], block: Sequence[Places], layout: Layout) -> None:
    """Fill an array of shape (n_rows, n_columns, n_hashes) with output-column numbers.

    A slot comes first and -1 after it; buckets come in hash order; -1 stands for nothing.
    """
    out.fill(-1)
    for column, (places, start) in enumerate(zip(block, layout.starts.tolist(), strict=False)):
        head = np.flatnonzero(places.slots >= 0)
        out[head, column, 0] = places.slots[head] + start
        first_bucket = start + int(layout.n_slots[column])
        for hash_number, bucket in enumerate(places.buckets.T):
            out[places.tail, column, hash_number] = np.where(bucket < 0, -1, bucket + first_bucket)


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
