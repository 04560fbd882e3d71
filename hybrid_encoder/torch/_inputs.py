"""What an encoder gave, as tensors on the table's device, if it is of this table's encoder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ._table import Table


def tensor(array: Tensor | NDArray[Any], device: Any) -> Tensor:
    """On a device; without a copy where that can be, and never of memory that must not be written to."""
    if isinstance(array, np.ndarray):
        array = np.require(array, requirements=["C", "W"])
    return torch.as_tensor(array, device=device)


def indices_of(X: Any, table: Table, n_hashes: int) -> Tensor:
    """What `encode_indices` gave."""
    expected = (len(table.n_slots), n_hashes)
    if not isinstance(X, Tensor | np.ndarray):
        raise TypeError(
            f"Pass what encode_indices or transform gave, an array of indices or a CSR matrix, "
            f"not a {type(X).__name__}."
        )
    indices = tensor(X, table.weight.device)
    if indices.ndim != 3 or tuple(indices.shape[1:]) != expected:
        raise ValueError(
            f"The indices have shape {tuple(indices.shape)}, and this layer takes (n_samples, "
            f"{expected[0]}, {expected[1]}). Pass what encode_indices of its encoder gave."
        )
    if indices.dtype not in (torch.int32, torch.int64):
        raise TypeError(f"The indices are of {indices.dtype}, and must be of int32 or int64.")
    _check_owners(indices, table)
    return indices


def _check_owners(indices: Tensor, table: Table) -> None:
    """Whether all indices are those of slots and buckets of the column that they are given for."""
    if torch.compiler.is_compiling():
        return
    # PyTorch compares faster with a bound per index than with one per column.
    n_hashes = indices.shape[-1]
    first = table.starts[:-1, None].repeat(1, n_hashes)
    end = table.starts[1:, None].repeat(1, n_hashes) - int(table.indicator)
    wrong = (indices < first) & (indices != -1) | (indices >= end)
    if wrong.any():
        row, column, _ = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"Row {row}, column {column}: index {indices[wrong][0]} is of no slot or bucket of this "
            "column. Pass what encode_indices of this layer's encoder gave."
        )


def in_tail(indices: Tensor, table: Table, ignore_missing: bool) -> Tensor:
    """Which cells are in the tail, those included that have no bucket to light."""
    first = indices[..., 0]
    in_bucket = first >= table.first_buckets
    if not table.indicator:
        return in_bucket
    nothing = first < 0
    if not ignore_missing:
        return in_bucket | nothing
    without_buckets = [buckets == 0 for buckets in table.n_buckets]
    if any(without_buckets) and nothing[:, without_buckets].any():
        raise ValueError(
            "In a column without buckets, indices do not tell a value of the tail, which lights "
            "the indicator, from a missing one, which lights nothing. Pass what transform gave."
        )
    return in_bucket


def csr_of(X: Any, table: Table) -> tuple[Tensor, Tensor, Tensor]:
    """What `transform` gave: row ends, column numbers and values of a CSR matrix."""
    weight = table.weight
    kind = str(X.layout) if isinstance(X, Tensor) else X.format
    if kind not in ("csr", "torch.sparse_csr"):
        raise TypeError(f"The matrix is in the format {kind}. Bring it to CSR, as transform gives it.")
    if tuple(X.shape)[1:] != (len(weight),):
        raise ValueError(
            f"The matrix has shape {tuple(X.shape)}, and this layer takes (n_samples, "
            f"{len(weight)}). Pass what transform of its encoder gave."
        )
    if isinstance(X, Tensor):
        parts: Sequence[Any] = (X.crow_indices(), X.col_indices(), X.values())
    else:
        X = X if X.has_sorted_indices else X.sorted_indices()
        parts = (X.indptr, X.indices, X.data)
    ends, found, values = (tensor(part, weight.device) for part in parts)
    wrong = (found < 0) | (found >= len(weight))
    if not torch.compiler.is_compiling() and wrong.any():
        raise ValueError(
            f"The matrix has the column number {found[wrong][0]}, outside its {len(weight)} "
            "columns. Pass what transform of this layer's encoder gave."
        )
    return ends, found, values.to(weight.dtype)
