"""Cells as bags for `torch.nn.functional.embedding_bag`: rows of the table to add up, and their weights.

A bag lists only rows that exist: a cell without slot and buckets is an empty bag. So with sparse
gradients the time does not depend on the size of the table.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class Table(NamedTuple):
    """Embedding table and the rows of each input column: slots, then buckets, then the tail indicator.

    Attributes
    ----------
    weight : Tensor of shape (n_features_out, embedding_dim)
        The vectors.
    starts : Tensor of int32 of shape (n_columns + 1,)
        First row of each column, then the number of rows.
    first_buckets : Tensor of int32 of shape (n_columns,)
        First bucket of each column.
    n_buckets : list of int of length n_columns
        Number of buckets of each column.
    indicator : bool
        Whether each column has a tail indicator.
    """

    weight: Tensor
    starts: Tensor
    first_buckets: Tensor
    n_buckets: list[int]
    indicator: bool

    def indicators(self) -> Tensor:
        """Row of the tail indicator of each column."""
        return self.starts[1:] - 1


class Bags(NamedTuple):
    """Rows of the table to add up, one bag after the other.

    Attributes
    ----------
    rows : Tensor of int32 or int64 of shape (n_entries,)
        Rows of the table.
    offsets : Tensor of the same dtype, of shape (n_bags,)
        Position in `rows` at which each bag starts.
    weights : Tensor of shape (n_entries,), or None
        Factor of each row; None means 1.
    """

    rows: Tensor
    offsets: Tensor
    weights: Tensor | None


def cell_bags(table: Table, indices: Tensor, is_tail: Tensor, tail_weight: float) -> Bags:
    """One bag per cell: its slot, or its weighted buckets and the tail indicator."""
    weights = None
    if tail_weight != 1:
        in_bucket = indices >= table.first_buckets[:, None]
        weights = table.weight.new_ones(indices.shape).masked_fill_(in_bucket, tail_weight)
    if table.indicator:
        indicators = torch.where(is_tail, table.indicators(), -1)
        indices = torch.cat([indices, indicators[..., None].to(indices.dtype)], dim=-1)
        weights = None if weights is None else functional.pad(weights, (0, 1), value=1.0)
    return _bags(indices, weights)


def pair_bags(indices: Tensor) -> Bags:
    """Two bags per cell, one per bucket; a slot or a single bucket is in both."""
    first, second = indices[..., 0], indices[..., -1]
    pairs = torch.stack([first, torch.where(second < 0, first, second)], dim=-1)
    return _bags(pairs[..., None], None)


def csr_bags(table: Table, indptr: Tensor, columns: Tensor, values: Tensor) -> Bags:
    """One bag per row and input column of a CSR matrix with sorted column numbers."""
    n_rows, n_columns = len(indptr) - 1, len(table.n_buckets)
    rows = torch.repeat_interleave(torch.arange(n_rows, device=indptr.device), indptr.diff())
    input_columns = torch.bucketize(columns, table.starts[1:], right=True)
    sizes = torch.bincount(rows * n_columns + input_columns, minlength=n_rows * n_columns)
    return Bags(columns, (sizes.cumsum(0) - sizes).to(columns.dtype), values)


def join_halves(vectors: Tensor) -> Tensor:
    """Join the first half of one vector and the second half of the other, for each pair of vectors."""
    half = vectors.shape[-1] // 2
    return torch.cat([vectors[..., 0, :half], vectors[..., 1, half:]], dim=-1)


def _bags(indices: Tensor, weights: Tensor | None) -> Bags:
    """One bag per entry of all axes but the last, without the entries of -1."""
    exists = indices >= 0
    sizes = exists.sum(dim=-1, dtype=indices.dtype).view(-1)
    offsets = sizes.cumsum(0, dtype=indices.dtype) - sizes
    return Bags(indices[exists], offsets, None if weights is None else weights[exists])
