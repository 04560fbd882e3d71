"""Cells as bags: the rows of the table that a cell adds up, and what each of them is multiplied by.

A cell is a bag: its slot, or its buckets and indicator. Bags hold only what there is, so a cell with
nothing in it touches no row of the table, and with sparse gradients no work depends on the table's size.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from ._table import Table


class Bags(NamedTuple):
    """Rows of the table to add up, bag after bag.

    Attributes
    ----------
    rows : Tensor of int32 or int64 of shape (n_entries,)
        Rows of the table.
    offsets : Tensor of the same dtype, of shape (n_bags,)
        Where each bag begins.
    weights : Tensor of shape (n_entries,), or None
        What each row is multiplied by; None means 1.
    """

    rows: Tensor
    offsets: Tensor
    weights: Tensor | None


def of_cells(table: Table, indices: Tensor, is_tail: Tensor, tail_weight: float) -> Bags:
    """A bag per cell: its slot, or its buckets by their weight, and the indicator of its tail."""
    weights = None
    if tail_weight != 1:
        in_bucket = indices >= table.first_buckets[:, None]
        weights = table.weight.new_ones(indices.shape).masked_fill_(in_bucket, tail_weight)
    if table.indicator:
        lit = torch.where(is_tail, table.indicators(), -1)
        indices = torch.cat([indices, lit[..., None].to(indices.dtype)], dim=-1)
        weights = None if weights is None else functional.pad(weights, (0, 1), value=1.0)
    return _of_entries(indices, weights)


def of_pairs(indices: Tensor) -> Bags:
    """Two bags per cell, of a bucket each; of its slot or single bucket twice."""
    first, second = indices[..., 0], indices[..., -1]
    pairs = torch.stack([first, torch.where(second < 0, first, second)], dim=-1)
    return _of_entries(pairs[..., None], None)


def _of_entries(indices: Tensor, weights: Tensor | None) -> Bags:
    """A bag per row, the last axis its entries; -1 is left out."""
    kept = indices >= 0
    counts = kept.sum(dim=-1, dtype=indices.dtype).view(-1)
    offsets = counts.cumsum(0, dtype=indices.dtype) - counts
    return Bags(indices[kept], offsets, None if weights is None else weights[kept])


def of_csr(table: Table, ends: Tensor, found: Tensor, values: Tensor) -> Bags:
    """A bag per row and input column of a CSR matrix."""
    n_rows, n_columns = len(ends) - 1, len(table.n_slots)
    rows = torch.repeat_interleave(torch.arange(n_rows, device=ends.device), ends.diff())
    owners = torch.bucketize(found, table.starts[1:], right=True)
    counts = torch.bincount(rows * n_columns + owners, minlength=n_rows * n_columns)
    offsets = (counts.cumsum(0) - counts).to(found.dtype)
    return Bags(found, offsets, values)


def halves(vectors: Tensor) -> Tensor:
    """The first half of one vector and the second half of the other, in pairs of vectors."""
    half = vectors.shape[-1] // 2
    return torch.cat([vectors[..., 0, :half], vectors[..., 1, half:]], dim=-1)
