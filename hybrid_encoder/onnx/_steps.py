"""What scalers, imputers and the like do to columns of numbers, read from fitted transformers.

Each takes a column at a time, and none changes how many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

Row = NDArray[Any]  # one number per column, in the type in which scikit-learn keeps it

SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler)
OTHERS = (SimpleImputer, MissingIndicator, KBinsDiscretizer)


@dataclass(frozen=True, slots=True)
class Affine:
    """What a scaler does: ``(x - shift) / divisor * factor + offset``, rounded as scikit-learn does."""

    shift: Row
    divisor: Row
    factor: Row
    offset: Row

    @property
    def slope(self) -> Row:
        """By how much the result grows with the number."""
        return self.factor / self.divisor

    def of(self, column: int) -> Self:
        """The same of one column."""
        own = slice(column, column + 1)
        return type(self)(self.shift[own], self.divisor[own], self.factor[own], self.offset[own])


@dataclass(frozen=True, slots=True)
class Clipped:
    """Numbers held between two others."""

    least: float
    most: float

    def of(self, column: int) -> Self:
        """The same of one column."""
        return self


@dataclass(frozen=True, slots=True)
class Filled:
    """NaN replaced by a number."""

    fill: Row

    def of(self, column: int) -> Self:
        """The same of one column."""
        return type(self)(self.fill[column : column + 1])


@dataclass(frozen=True, slots=True)
class Flagged:
    """1 for NaN, 0 for any number."""

    def of(self, column: int) -> Self:
        """The same of one column."""
        return self


@dataclass(frozen=True, slots=True)
class Binned:
    """How many edges a number has reached; NaN where it is NaN."""

    edges: Sequence[Row]

    def of(self, column: int) -> Self:
        """The same of one column."""
        return type(self)(self.edges[column : column + 1])


Change = Affine | Clipped | Filled | Flagged | Binned


def rounds(change: Change) -> bool:
    """Whether it matters for the last bit of the result if floats are single or double."""
    return isinstance(change, Affine | Clipped | Filled)


def in_float32(change: Change) -> bool:
    """Whether it shows that the step was fitted on float32."""
    held = {Affine: ("shift", "divisor", "factor", "offset"), Filled: ("fill",)}.get(type(change), ())
    return any(getattr(change, name).dtype == np.float32 for name in held)


def check_fitted(name: str, step: Any) -> None:
    """Refuse a step that is not fitted, by its name.

    Raises
    ------
    NotFittedError
        If it is not.
    """
    try:
        check_is_fitted(step)
    except NotFittedError:
        raise NotFittedError(
            f"{called(name)}, a {type(step).__name__}, is not fitted yet. Call fit before to_onnx."
        ) from None


def called(name: str) -> str:
    """A step as messages call it; what is no pipeline has no name."""
    return f"Step {name!r}" if name else "The model"


def changes_of(name: str, step: Any) -> list[Change]:
    """What a fitted step does to columns of numbers.

    Raises
    ------
    TypeError
        If it is of a kind that is not known.
    ValueError
        If it is set up so that it cannot be exported.
    """
    if type(step) is FunctionTransformer and step.func is None:
        return []  # makes a matrix, at most
    if type(step) in (*SCALERS, *OTHERS):
        check_fitted(name, step)
    if type(step) in SCALERS:
        clipped = isinstance(step, MinMaxScaler) and step.clip
        return [_affine(step), *([Clipped(*map(float, step.feature_range))] if clipped else [])]
    if type(step) is SimpleImputer:
        return [_filled(name, step)]
    if type(step) is MissingIndicator:
        if step.features != "all" or not _is_nan(step.missing_values):
            raise ValueError(
                f"Step {name!r}: a MissingIndicator can be exported with features='all', for NaN."
            )
        return [Flagged()]
    if type(step) is KBinsDiscretizer:
        if step.encode != "ordinal":
            raise ValueError(f"Step {name!r}: a KBinsDiscretizer can be exported with encode='ordinal'.")
        return [Binned([edges[1:-1] for edges in step.bin_edges_])]
    known = ", ".join(cls.__name__ for cls in (*SCALERS, *OTHERS))
    raise TypeError(
        f"Step {name!r} is a {type(step).__name__}, which to_onnx cannot export. Beside encoders it "
        f"knows 'passthrough', 'drop', {known}. Use these, or skl2onnx with "
        "hybrid_encoder.onnx.register_converter()."
    )


def _affine(scaler: Any) -> Affine:
    zeros, ones = np.zeros(scaler.n_features_in_), np.ones(scaler.n_features_in_)
    if isinstance(scaler, MinMaxScaler):
        return Affine(zeros, ones, scaler.scale_, scaler.min_)
    center = getattr(scaler, "center_" if isinstance(scaler, RobustScaler) else "mean_", None)
    if isinstance(scaler, StandardScaler) and not scaler.with_mean:
        center = None  # the mean is there all the same
    # To multiply by 1 / scale_ would be another number in the last bit, and so another key.
    divisor = ones if scaler.scale_ is None else scaler.scale_
    return Affine(zeros if center is None else center, divisor, ones, zeros)


def _filled(name: str, imputer: SimpleImputer) -> Filled:
    statistics = np.asarray(imputer.statistics_)
    is_number = statistics.dtype.kind in "iuf" or all(
        isinstance(number, int | float | np.number) for number in statistics.tolist()
    )
    dtype = np.float32 if statistics.dtype == np.float32 else np.float64
    fill = statistics.astype(dtype) if is_number else np.full(1, np.nan)
    if imputer.add_indicator or not _is_nan(imputer.missing_values) or np.isnan(fill).any():
        raise ValueError(
            f"Step {name!r}: a SimpleImputer can be exported if it puts numbers for NaN, in columns "
            "that are not all missing, without add_indicator."
        )
    return Filled(fill)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and np.isnan(value)
