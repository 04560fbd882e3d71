"""From the vocabulary of one encoder to that of another: what a table keeps, and where it goes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from .._input.reading import read_column
from .._partial_fit.transfer import ColumnChanges, check_changes
from .._transform.encode import write_indices
from .._transform.layout import Layout
from .._transform.lookup import TAIL, place
from ._table import Table


def check_same_columns(old: HybridHashEncoder, new: HybridHashEncoder) -> None:
    """Whether two encoders were fitted on the same columns, as far as they can tell."""
    names, new_names = old._labels(), new._labels()
    if names != new_names:
        raise ValueError(
            f"The encoders have different columns, {names} and {new_names}. Fit both on the same."
        )
    for name, kind, new_kind in zip(names, old._kinds, new._kinds, strict=True):
        if None not in (kind, new_kind) and kind != new_kind:
            raise ValueError(
                f"Column {name!r} is of {kind} in old_encoder and of {new_kind} in new_encoder. Fit "
                "both on the same kind."
            )


def cells_of(
    encoder: HybridHashEncoder, values: NDArray[Any], column: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Indices of one column's values, of shape (n_values, 1, n_hashes), and which are in the tail."""
    layout: Layout = encoder._layout
    places = place(
        read_column(values, encoder._labels()[column]),
        *encoder._settled[column].rules,
    )
    only = slice(column, column + 1)
    alone = Layout(layout.n_slots[only], layout.n_buckets[only], layout.indicator)
    indices = np.empty((len(values), 1, encoder._settings["n_hashes"]), dtype=np.int32)
    write_indices(indices, [places], alone)
    indices[indices >= 0] += np.int32(layout.starts[column])
    return indices, (places.slots == TAIL)[:, None]


def carry_over(old: Table, new: Table, column: int, scale: float | None) -> None:
    """Copy the vectors of a column's buckets and indicator that mean the same in both tables.

    Parameters
    ----------
    old, new : Table
        From the one to the other.
    column : int
        Which input column.
    scale : float or None
        What makes up for another weight of buckets; None if other hashes find them.
    """
    if scale is not None and old.n_buckets[column] == new.n_buckets[column]:
        new.buckets(column)[:] = old.buckets(column) * scale
    if new.indicator:
        row, new_row = (int(table.indicators()[column]) for table in (old, new))
        new.weight[new_row] = old.weight[row] if old.indicator else 0.0


def check_own(changes: ColumnChanges, table: Table, n_hashes: int, tail_weight: float) -> None:
    """Whether slots changed hands in the encoder that a table is for, as far as they tell."""
    check_changes(changes)
    theirs = (changes.n_features_out, changes.old_buckets.shape[1], np.float32(changes.tail_weight))
    own = (len(table.weight), n_hashes, np.float32(tail_weight))
    if theirs != own or not _are_own(changes, table):
        raise ValueError(
            "The changes are of an encoder with {} output columns, n_hashes={} and tail_weight={}, "
            "or of other columns, and this layer is for {}, {} and {}. Pass column_changes_ of the "
            "encoder that it was made from.".format(*theirs, *own)
        )


def _are_own(changes: ColumnChanges, table: Table) -> bool:
    """Whether changes are of a table's slots, and of buckets beside these."""
    starts = table.starts.cpu().numpy()
    ends = table.first_buckets.cpu().numpy()
    owners = np.searchsorted(starts, changes.output_columns, side="right") - 1
    buckets = changes.old_buckets
    in_buckets = (buckets >= ends[owners][:, None]) & (buckets < starts[owners + 1][:, None])
    return bool((changes.output_columns < ends[owners]).all() and (in_buckets | (buckets < 0)).all())
