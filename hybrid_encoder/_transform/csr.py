"""From slots and buckets to a canonical CSR matrix, and back.

The only place that builds a sparse matrix. Every entry's position in it is computed, so that it is
written once, in order: no sorting, no stacking of blocks, no second copy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn import get_config

from .entries import Entries

_INT32_MAX = 2**31 - 1


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
