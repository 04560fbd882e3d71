"""Check that changes of a vocabulary are those of the encoder of a layer."""

import numpy as np

from .._partial_fit.transfer import ColumnChanges, check_changes
from ._bags import Table

_REMEDY = "Pass column_changes_ of the encoder from which this layer was made."


def check_same_encoder(changes: ColumnChanges, table: Table, n_hashes: int, tail_weight: float) -> None:
    """Check that changes can be those of the encoder of a layer.

    Raises
    ------
    TypeError
        If they are not ColumnChanges.
    ValueError
        If their sizes, weights, slots or buckets are not those of the layer.
    """
    check_changes(changes)
    # Compared in float32, as the encoder rounds tail_weight to the dtype of its output.
    of_changes = (changes.n_features_out, changes.old_buckets.shape[1], np.float32(changes.tail_weight))
    of_layer = (len(table.weight), n_hashes, np.float32(tail_weight))
    if of_changes != of_layer:
        raise ValueError(
            "The changes come from an encoder with {} output columns, n_hashes={} and tail_weight={}; "
            "this layer has {}, {} and {}. {}".format(*of_changes, *of_layer, _REMEDY)
        )
    if not _match(changes, table):
        raise ValueError(
            f"The changes name slots or buckets that the columns of this layer do not have. {_REMEDY}"
        )


def _match(changes: ColumnChanges, table: Table) -> bool:
    """Whether every changed output column is a slot, with old buckets of the same input column."""
    starts, first_buckets = table.starts.cpu().numpy(), table.first_buckets.cpu().numpy()
    slots, buckets = changes.output_columns, changes.old_buckets
    columns = np.searchsorted(starts, slots, side="right") - 1
    in_buckets = (buckets >= first_buckets[columns, None]) & (buckets < starts[columns + 1, None])
    return bool((slots < first_buckets[columns]).all() and (in_buckets | (buckets < 0)).all())
