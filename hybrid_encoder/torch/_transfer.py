"""Check that vocabulary changes come from the encoder of a layer."""

import numpy as np

from .._partial_fit.transfer import ColumnChanges, check_changes
from ._bags import Table

_REMEDY = "Pass column_changes_ of the encoder from which this layer was made."


def check_same_encoder(changes: ColumnChanges, table: Table, n_hashes: int, tail_weight: float) -> None:
    """Validate the changes for a layer.

    Raises
    ------
    TypeError
        If they are not ColumnChanges.
    ValueError
        If their sizes, weights, slots or buckets are not those of the layer.
    """
    check_changes(changes)
    # The encoder stores tail_weight in the dtype of its output.
    theirs = (changes.n_features_out, changes.old_buckets.shape[1], np.float32(changes.tail_weight))
    ours = (len(table.weight), n_hashes, np.float32(tail_weight))
    if theirs != ours:
        raise ValueError(
            "The changes come from an encoder with {} output columns, n_hashes={} and tail_weight={}; "
            "this layer has {}, {} and {}. {}".format(*theirs, *ours, _REMEDY)
        )
    if not _match(changes, table):
        raise ValueError(
            f"The changes name slots or buckets that the columns of this layer do not have. {_REMEDY}"
        )


def _match(changes: ColumnChanges, table: Table) -> bool:
    """Return whether every change is of a slot, and from buckets of the same input column."""
    starts, first_buckets = table.starts.cpu().numpy(), table.first_buckets.cpu().numpy()
    slots, buckets = changes.output_columns, changes.old_buckets
    columns = np.searchsorted(starts, slots, side="right") - 1
    in_buckets = (buckets >= first_buckets[columns, None]) & (buckets < starts[columns + 1, None])
    return bool((slots < first_buckets[columns]).all() and (in_buckets | (buckets < 0)).all())
