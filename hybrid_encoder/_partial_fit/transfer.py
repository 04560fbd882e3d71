"""Transfer model weights when slots get other values, so that predictions do not jump.

The weight of a slot becomes the sum that the buckets of its new value contributed before. So the output
of a linear model and the summed vector of an embedding do not change for this value. A value that lost
its slot is encoded by its buckets from then on; their weights are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from .._transform.fitted_column import FittedColumn
from .._transform.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class ColumnChanges:
    """The slots that got another value in a call of `partial_fit`.

    Attributes
    ----------
    input_columns : ndarray of object of shape (n_changes,)
        Names of the input columns; x0, x1, ... if they have none.
    output_columns : ndarray of int64 of shape (n_changes,)
        Output columns of the slots, ascending.
    old_values, new_values : ndarray of object of shape (n_changes,)
        Values of the slots before and now; None is a missing value, or no value in a free slot.
    was_free : ndarray of bool of shape (n_changes,)
        Whether the slot had no value before.
    old_buckets : ndarray of int64 of shape (n_changes, n_hashes)
        Output columns of the buckets of the new value; -1 for none.
    old_indicators : ndarray of int64 of shape (n_changes,)
        Output column of the tail indicator of the new value; -1 for none.
    tail_weight : float
        Value stored in bucket columns.
    n_features_out : int
        Number of output columns, which does not change.

    See Also
    --------
    transfer_weights : Update the weights of a model.
    """

    input_columns: NDArray[np.object_]
    output_columns: NDArray[np.int64]
    old_values: NDArray[np.object_]
    new_values: NDArray[np.object_]
    was_free: NDArray[np.bool_]
    old_buckets: NDArray[np.int64]
    old_indicators: NDArray[np.int64]
    tail_weight: float
    n_features_out: int

    def __len__(self) -> int:
        """Number of slots that changed."""
        return len(self.output_columns)

    def to_frame(self) -> pd.DataFrame:
        """The changes as a table with a row per slot.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns ``input_column``, ``output_column``, ``old_value``, ``new_value``,
            ``was_free``, ``old_bucket_0`` and, with two hashes, ``old_bucket_1``.
        """
        return pd.DataFrame(
            {
                # dtype=object also for empty columns; without it, pandas would convert None to NaN.
                "input_column": pd.Series(self.input_columns, dtype=object),
                "output_column": self.output_columns,
                "old_value": pd.Series(self.old_values, dtype=object),
                "new_value": pd.Series(self.new_values, dtype=object),
                "was_free": self.was_free,
                **{f"old_bucket_{i}": buckets for i, buckets in enumerate(self.old_buckets.T)},
            }
        )


def transfer_weights(weights: Any, changes: ColumnChanges, axis: int = -1) -> Any:
    """Update the weights of a model after slots of its encoder got other values.

    The weight of a slot with a new value becomes ``tail_weight * (w[b0] + w[b1]) + w[indicator]``, the
    sum that its buckets and the tail indicator contributed. So the predictions of a linear model for
    the value do not change. All other weights are kept; a value that lost its slot is encoded by its
    buckets.

    Parameters
    ----------
    weights : array-like or torch.Tensor
        For example ``coef_`` of a linear model, of shape (n_features_out,) or (n_classes,
        n_features_out), or the rows of an embedding, of shape (n_features_out, dim), with ``axis=0``.
    changes : ColumnChanges
        ``column_changes_`` of the encoder. After several calls of `partial_fit`, transfer the changes
        of each call in order.
    axis : int, default=-1
        The axis of the output columns.

    Returns
    -------
    weights : ndarray or torch.Tensor
        A new array or tensor of the same shape, dtype and device.

    Raises
    ------
    TypeError
        If `weights` is sparse, is a model or module instead of its weights, or does not hold floats.
    ValueError
        If the length of the axis is not the number of output columns.

    See Also
    --------
    HybridHashEncoder.partial_fit : Sets ``column_changes_``.

    Notes
    -----
    Other state that a model keeps per column, like averages of weights (``average=True`` of
    :class:`sklearn.linear_model.SGDClassifier`) or the moments of an optimiser, can be transferred in
    the same way, or be set to 0 for ``changes.output_columns``.

    Examples
    --------
    >>> import numpy as np
    >>> from hybrid_encoder import HybridHashEncoder, transfer_weights
    >>> encoder = HybridHashEncoder(top_k=1, n_buckets=3).partial_fit([["US"], ["US"], ["FR"]])
    >>> coef = np.array([0.5, 1.0, 2.0, 4.0])
    >>> encoder.transform([["FR"]]) @ coef
    array([0.75])
    >>> encoder.partial_fit([["FR"], ["FR"], ["FR"]]).column_changes_.new_values
    array(['FR'], dtype=object)
    >>> coef = transfer_weights(coef, encoder.column_changes_)
    >>> coef, encoder.transform([["FR"]]) @ coef
    (array([0.75, 1.  , 2.  , 4.  ]), array([0.75]))
    """
    check_changes(changes)
    updated = _copy(weights)
    if not isinstance(axis, Integral):
        raise TypeError(f"axis must be a number, not {axis!r}.")
    if updated.ndim == 0 or not -updated.ndim <= axis < updated.ndim:
        raise ValueError(f"weights of shape {tuple(updated.shape)} have no axis {axis}.")
    if updated.shape[axis] != changes.n_features_out:
        raise ValueError(
            f"weights of shape {tuple(updated.shape)} have {updated.shape[axis]} entries on axis {axis}"
            f", and the encoder has {changes.n_features_out} output columns. Pass the weights of these "
            "alone, and the axis on which they lie."
        )
    # A view: writing to it changes the copy.
    by_column = updated.swapaxes(0, axis)
    if len(changes):
        by_column[changes.output_columns] = _contributions(by_column, changes)
    return updated


def check_changes(changes: object) -> None:
    """Check the type of changes.

    Raises
    ------
    TypeError
        If `changes` is not ColumnChanges.
    """
    if not isinstance(changes, ColumnChanges):
        raise TypeError(
            f"changes must be ColumnChanges, not a {type(changes).__name__}. Pass column_changes_ of "
            "the encoder, after partial_fit."
        )


def _copy(weights: Any) -> Any:
    """A copy of an array or a tensor, without gradients."""
    if sp.issparse(weights):
        raise TypeError("weights are sparse. Pass weights.toarray(), or call densify() of the model.")
    is_tensor = hasattr(weights, "detach")
    copied: Any = weights.detach().clone() if is_tensor else np.array(weights)
    if not (copied.is_floating_point() if is_tensor else copied.dtype.kind == "f"):
        raise TypeError(
            f"weights must be an array or a tensor of floating-point numbers, not a "
            f"{type(weights).__name__} of {copied.dtype}. Pass coef_ of a model, or weight of a module."
        )
    return copied


def _contributions(by_column: Any, changes: ColumnChanges) -> Any:
    """The sum that buckets and indicator contributed to each value that now has a slot."""
    total = by_column[changes.output_columns]
    total[:] = 0
    for buckets in changes.old_buckets.T:
        present = np.flatnonzero(buckets >= 0)
        total[present] += changes.tail_weight * by_column[buckets[present]]
    present = np.flatnonzero(changes.old_indicators >= 0)
    total[present] += by_column[changes.old_indicators[present]]
    return total


def changes_of(
    name: str,
    column: FittedColumn,
    slots: NDArray[np.intp],
    new_values: NDArray[Any],
    buckets: NDArray[np.int32],
    settings: Settings,
    n_features_out: int,
) -> ColumnChanges:
    """The changes in one input column.

    Parameters
    ----------
    name : str
        Name of the column.
    column : FittedColumn
        The column before the changes.
    slots : ndarray of intp of shape (n_changes,)
        The slots that changed.
    new_values : ndarray of shape (n_changes,)
        The new values of these slots.
    buckets : ndarray of int32 of shape (n_changes, n_hashes) or (n_changes, 0)
        Buckets of these values before the changes, counted from the first bucket of the column; -1 for
        none.
    settings : Settings
        The parameters of the encoder.
    n_features_out : int
        Number of output columns.
    """
    order = np.argsort(slots)
    slots, new_values = slots[order], new_values[order]
    relative = np.full((len(slots), settings.n_hashes), -1, dtype=np.int64)
    relative[:, : buckets.shape[1]] = buckets[order]
    old_values = column.vocabulary.values
    was_free = slots >= len(old_values)
    old = np.full(len(slots), None, dtype=object)
    old[~was_free] = old_values[slots[~was_free]].tolist()
    return ColumnChanges(
        np.full(len(slots), name, dtype=object),
        slots + column.start,
        old,
        new_values.astype(object),
        was_free,
        np.where(relative >= 0, relative + column.first_bucket, -1),
        np.full(len(slots), column.indicator),
        settings.stored_tail_weight,
        n_features_out,
    )


def no_changes(column: FittedColumn, settings: Settings, n_features_out: int) -> ColumnChanges:
    """The changes of a first call, which are empty. Any column of the encoder can be passed."""
    none = np.empty(0, dtype=np.intp)
    buckets = np.empty((0, 0), dtype=np.int32)
    return changes_of("", column, none, none, buckets, settings, n_features_out)


def join_changes(parts: Sequence[ColumnChanges]) -> ColumnChanges:
    """The changes in several input columns of one encoder."""
    arrays: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(ColumnChanges)
        if field.name not in ("tail_weight", "n_features_out")
    }
    return replace(parts[0], **arrays)
