"""Weights carried over when slots change hands, so that a model does not flinch.

The weight of a slot that a value moves into begins with what its buckets have given it so far. A linear
model's decision function, and the sum of an embedding's vectors, are then the same for this value as
before. A value that has lost its slot lives in its buckets from now on, whose weights stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from .._transform.layout import Layout


@dataclass(frozen=True, slots=True, eq=False)
class ColumnChanges:
    """The slots that changed hands in a call of `partial_fit`.

    Attributes
    ----------
    input_columns : ndarray of object of shape (n_changes,)
        Names of the input columns; x0, x1, ... where they have none.
    output_columns : ndarray of int64 of shape (n_changes,)
        Numbers of the output columns that have a new meaning, in ascending order.
    old_values, new_values : ndarray of object of shape (n_changes,)
        The values that had the slots, None where they were free, and those that have them now; None
        stands for missing, too.
    was_free : ndarray of bool of shape (n_changes,)
        Whether nobody had the slot before.
    old_buckets : ndarray of int64 of shape (n_changes, n_hashes)
        Numbers of the output columns, buckets, where the new value lived before; -1 for none.
    old_indicators : ndarray of int64 of shape (n_changes,)
        Number of the tail indicator that it lit beside them; -1 for none.
    tail_weight : float
        The value stored in its bucket columns.
    n_features_out : int
        Number of output columns, which does not change.

    See Also
    --------
    transfer_weights : Makes the weights of a model follow.
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
        """How many slots changed hands."""
        return len(self.output_columns)

    def plain(self) -> dict[str, Any]:
        """The same as arrays of NumPy and numbers of Python, for files that hold nothing else."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def to_frame(self) -> pd.DataFrame:
        """The changes as a table, a row per slot.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns ``input_column``, ``output_column``, ``old_value``, ``new_value``,
            ``was_free``, ``old_bucket_0`` and, with two hashes, ``old_bucket_1``.
        """
        return pd.DataFrame(
            {
                # As objects, as they are even where there are none; and pandas would make NaN of None.
                "input_column": pd.Series(self.input_columns, dtype=object),
                "output_column": self.output_columns,
                "old_value": pd.Series(self.old_values, dtype=object),
                "new_value": pd.Series(self.new_values, dtype=object),
                "was_free": self.was_free,
                **{f"old_bucket_{i}": buckets for i, buckets in enumerate(self.old_buckets.T)},
            }
        )


def transfer_weights(weights: Any, changes: ColumnChanges, axis: int = -1) -> Any:
    """Weights for an encoder whose slots have changed hands, from those before.

    Every promoted value begins with what its buckets, and the tail indicator, gave it:
    ``tail_weight * (w[b0] + w[b1]) + w[indicator]``. So at this moment a linear model decides about it
    as before. All other weights stay; a value that has lost its slot falls back to its buckets.

    Parameters
    ----------
    weights : array-like or torch.Tensor
        For example ``coef_`` of a linear model, of shape (n_features_out,) or (n_classes,
        n_features_out), or the rows of an embedding, of shape (n_features_out, dim), with ``axis=0``.
    changes : ColumnChanges
        ``column_changes_`` of the encoder. After several calls of `partial_fit`, transfer those of
        each call in turn.
    axis : int, default=-1
        The axis of the output columns.

    Returns
    -------
    weights : ndarray or torch.Tensor
        A new array or tensor of the same shape, dtype and device; the one given is left as it is.

    Raises
    ------
    TypeError
        If `weights` is sparse, a model or a module instead of its weights, or not of real numbers.
    ValueError
        If the axis does not have one entry per output column of the encoder.

    See Also
    --------
    HybridHashEncoder.partial_fit : Leaves ``column_changes_``.

    Notes
    -----
    Whatever else a model keeps per column, such as averages of weights (``average=True`` of
    :class:`sklearn.linear_model.SGDClassifier`) or an optimiser's moments, can be transferred alike,
    or be set to 0 for ``changes.output_columns``.

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
    moved = _copy(weights)
    if not isinstance(axis, Integral):
        raise TypeError(f"axis must be a number, not {axis!r}.")
    if moved.ndim == 0 or not -moved.ndim <= axis < moved.ndim:
        raise ValueError(f"weights of shape {tuple(moved.shape)} have no axis {axis}.")
    if moved.shape[axis] != changes.n_features_out:
        raise ValueError(
            f"weights of shape {tuple(moved.shape)} have {moved.shape[axis]} entries on axis {axis}, "
            f"and the encoder has {changes.n_features_out} output columns. Pass the weights of these "
            "alone, and the axis on which they lie."
        )
    # A view: what is written to it stands in the copy.
    by_column = moved.swapaxes(0, axis)
    if len(changes):
        by_column[changes.output_columns] = _given(by_column, changes)
    return moved


def check_changes(changes: object) -> None:
    """Whether these are changes.

    Raises
    ------
    TypeError
        If they are anything else.
    """
    if not isinstance(changes, ColumnChanges):
        raise TypeError(
            f"changes must be ColumnChanges, not a {type(changes).__name__}. Pass column_changes_ of "
            "the encoder, after partial_fit."
        )


def _copy(weights: Any) -> Any:
    """A copy of an array or a tensor, without its history of gradients."""
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


def _given(by_column: Any, changes: ColumnChanges) -> Any:
    """What each promoted value has had of its buckets and indicator."""
    given = by_column[changes.output_columns]
    given[:] = 0
    for buckets in changes.old_buckets.T:
        lit = np.flatnonzero(buckets >= 0)
        given[lit] += changes.tail_weight * by_column[buckets[lit]]
    lit = np.flatnonzero(changes.old_indicators >= 0)
    given[lit] += by_column[changes.old_indicators[lit]]
    return given


def changes_of(
    name: str,
    layout: Layout,
    number: int,
    slots: NDArray[np.intp],
    old_values: NDArray[Any],
    new_values: NDArray[Any],
    buckets: NDArray[np.int32],
    tail_weight: float,
    n_hashes: int,
) -> ColumnChanges:
    """The changes in one input column.

    Parameters
    ----------
    name : str
        Its name.
    layout : Layout
        The output columns.
    number : int
        Which input column it is.
    slots : ndarray of intp of shape (n_changes,)
        The slots that changed hands.
    old_values : ndarray of shape (n_taken,)
        The values of its slots before; those beyond were free.
    new_values : ndarray of shape (n_changes,)
        The values that have the slots now.
    buckets : ndarray of int32 of shape (n_changes, n_hashes) or (n_changes, 0)
        Where these lived, counted from the column's first bucket; -1 for none.
    tail_weight : float
        The value stored in buckets.
    n_hashes : int
        Buckets per tail value, where there are any.
    """
    order = np.argsort(slots)
    slots, new_values = slots[order], new_values[order]
    lived = np.full((len(slots), n_hashes), -1, dtype=np.int64)
    lived[:, : buckets.shape[1]] = buckets[order]
    start, end = (int(place) for place in layout.starts[number : number + 2])
    was_free = slots >= len(old_values)
    old = np.full(len(slots), None, dtype=object)
    old[~was_free] = old_values[slots[~was_free]].tolist()
    return ColumnChanges(
        np.full(len(slots), name, dtype=object),
        slots + start,
        old,
        new_values.astype(object),
        was_free,
        np.where(lived >= 0, lived + start + int(layout.n_slots[number]), -1),
        np.full(len(slots), end - 1 if layout.indicator else -1),
        tail_weight,
        layout.n_features_out,
    )


def no_changes(layout: Layout, tail_weight: float, n_hashes: int) -> ColumnChanges:
    """What the first call leaves: before it there was nothing that could have changed."""
    nothing = np.empty(0)
    buckets = np.empty((0, n_hashes), dtype=np.int32)
    none = nothing.astype(np.intp)
    return changes_of("", layout, 0, none, nothing, nothing, buckets, tail_weight, n_hashes)


def join_changes(parts: Sequence[ColumnChanges]) -> ColumnChanges:
    """The changes in several input columns of one encoder, one after the other."""
    arrays: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(ColumnChanges)
        if field.name not in ("tail_weight", "n_features_out")
    }
    return replace(parts[0], **arrays)
