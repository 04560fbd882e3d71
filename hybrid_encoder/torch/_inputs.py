"""Validate the output of an encoder, and move it to the device of the table."""

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from ._bags import Table


def to_tensor(array: Tensor | NDArray[Any], device: torch.device) -> Tensor:
    """Return the array as a tensor on the device, without a copy where PyTorch can share the memory."""
    if isinstance(array, np.ndarray):
        # PyTorch does not accept negative strides, and warns about read-only memory.
        array = np.require(array, requirements=["C", "W"])
    return torch.as_tensor(array, device=device)


def is_sparse(X: Any) -> bool:
    """Return whether `X` is a sparse matrix of SciPy or PyTorch."""
    return sp.issparse(X) or (isinstance(X, Tensor) and X.layout != torch.strided)


def read_indices(X: Any, table: Table, n_hashes: int) -> Tensor:
    """Validate the output of `encode_indices`.

    Returns
    -------
    indices : Tensor of int32 or int64 of shape (n_samples, n_columns, n_hashes)
        On the device of the table.
    """
    if not isinstance(X, Tensor | np.ndarray):
        raise TypeError(
            f"X is a {type(X).__name__}. Pass the output of encode_indices or transform of this "
            "layer's encoder: an array of indices or a CSR matrix."
        )
    indices = to_tensor(X, table.weight.device)
    expected = (len(table.n_buckets), n_hashes)
    if indices.ndim != 3 or tuple(indices.shape[1:]) != expected:
        raise ValueError(
            f"The indices have shape {tuple(indices.shape)}, and this layer takes (n_samples, "
            f"{expected[0]}, {expected[1]}). Pass the output of encode_indices of this layer's encoder."
        )
    if indices.dtype not in (torch.int32, torch.int64):
        raise TypeError(f"The indices are of {indices.dtype}. Convert them to int32 or int64.")
    # A check of values would break the graph of a compiled layer.
    if not torch.compiler.is_compiling():
        _check_columns(indices, table)
    return indices


def _check_columns(indices: Tensor, table: Table) -> None:
    """Raise ValueError if an index is neither -1 nor a slot or bucket of its input column."""
    # PyTorch compares faster with a bound per index than with one per column.
    n_hashes = indices.shape[-1]
    start = table.starts[:-1, None].repeat(1, n_hashes)
    end = table.starts[1:, None].repeat(1, n_hashes) - int(table.indicator)
    wrong = (indices < start) & (indices != -1) | (indices >= end)
    if wrong.any():
        row, column, _ = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"Row {row}, column {column}: index {indices[wrong][0]} is not a slot or bucket of this "
            "column. Pass the output of encode_indices of this layer's encoder."
        )


def tail_mask(indices: Tensor, table: Table, ignore_missing: bool) -> Tensor:
    """Return which cells are in the tail, including those of columns without buckets.

    Raises
    ------
    ValueError
        If tail values cannot be distinguished from ignored missing values. Only tail values have an
        indicator.
    """
    first = indices[..., 0]
    in_bucket = first >= table.first_buckets
    if not table.indicator:
        return in_bucket
    empty = first < 0
    if not ignore_missing:
        return in_bucket | empty
    without_buckets = [n_buckets == 0 for n_buckets in table.n_buckets]
    if any(without_buckets) and empty[:, without_buckets].any():
        raise ValueError(
            "In a column without buckets, tail values and missing values have the same indices, -1, but "
            "only tail values have the indicator. Pass the output of transform."
        )
    return in_bucket


def read_csr(X: Any, table: Table) -> tuple[Tensor, Tensor, Tensor]:
    """Validate the output of `transform`.

    Returns
    -------
    indptr, columns, values : Tensor
        The parts of a CSR matrix with sorted column numbers, on the device of the table.
    """
    weight = table.weight
    layout = str(X.layout) if isinstance(X, Tensor) else X.format
    if layout not in ("csr", "torch.sparse_csr"):
        raise TypeError(f"The matrix is in the format {layout}. Convert it to CSR.")
    if tuple(X.shape)[1:] != (len(weight),):
        raise ValueError(
            f"The matrix has shape {tuple(X.shape)}, and this layer takes (n_samples, "
            f"{len(weight)}). Pass the output of transform of this layer's encoder."
        )
    indptr, columns, values = (to_tensor(part, weight.device) for part in _csr_parts(X))
    wrong = (columns < 0) | (columns >= len(weight))
    if not torch.compiler.is_compiling() and wrong.any():
        raise ValueError(
            f"The matrix has the column number {columns[wrong][0]}, outside its {len(weight)} "
            "columns. Pass the output of transform of this layer's encoder."
        )
    return indptr, columns, values.to(weight.dtype)


def _csr_parts(X: Any) -> tuple[Any, Any, Any]:
    if isinstance(X, Tensor):
        return X.crow_indices(), X.col_indices(), X.values()
    X = X if X.has_sorted_indices else X.sorted_indices()
    return X.indptr, X.indices, X.data
