"""scikit-learn transformers of numbers: which can be exported, and their fitted parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

Step = tuple[str, Any]
Floats = NDArray[np.float64]

SCALERS = (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler)
_BEFORE_ENCODER = (SimpleImputer, KBinsDiscretizer, MissingIndicator)


@dataclass(frozen=True, slots=True)
class Bins:
    """Binning of one column of numbers.

    Attributes
    ----------
    edges : ndarray
        Inner edges; the bin of a number is how many edges are less than or equal to it.
    missing : float
        Bin of NaN; NaN if it stays missing.
    """

    edges: Floats
    missing: float

    @property
    def is_indicator(self) -> bool:
        """Whether these are the bins of a MissingIndicator: 1 for NaN, 0 for all numbers."""
        return len(self.edges) == 0 and self.missing == 1


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear step: ``((x - shift) * slope + offset)[kept]``, with one value per column."""

    shift: Floats
    slope: Floats
    offset: Floats
    kept: NDArray[np.bool_]


def step_label(name: str) -> str:
    """The name of a step in error messages; a model that is not in a pipeline has none."""
    return f"Step {name!r}" if name else "The model"


def check_fitted(name: str, step: Any) -> None:
    """Check that a step is fitted.

    Raises
    ------
    NotFittedError
        With the name of the step.
    """
    try:
        check_is_fitted(step)
    except NotFittedError:
        raise NotFittedError(
            f"{step_label(name)}, a {type(step).__name__}, is not fitted yet. Call fit before to_onnx."
        ) from None


def bins_of(steps: Sequence[Step], n_columns: int) -> list[Bins | None]:
    """Read the transformers between the input and an encoder.

    Parameters
    ----------
    steps : sequence of (str, transformer)
        No step, a KBinsDiscretizer, a SimpleImputer and a KBinsDiscretizer, or a MissingIndicator.
    n_columns : int
        Number of columns that they transform.

    Returns
    -------
    bins : list of Bins or None
        One per column; None if there is no step.

    Raises
    ------
    TypeError
        If there is another transformer.
    ValueError
        If a transformer has parameters that cannot be exported.
    """
    if not steps:
        return [None] * n_columns
    types = [type(step) for _, step in steps]
    name, step = steps[-1]
    if types not in ([KBinsDiscretizer], [SimpleImputer, KBinsDiscretizer], [MissingIndicator]):
        name, step = next((pair for pair in steps if type(pair[1]) not in _BEFORE_ENCODER), (name, step))
        raise TypeError(
            f"Step {name!r}, a {type(step).__name__}, cannot be exported before an encoder. Remove it, "
            "or use a KBinsDiscretizer, a SimpleImputer followed by a KBinsDiscretizer, or a "
            "MissingIndicator."
        )
    check_fitted(name, step)
    if type(step) is MissingIndicator:
        if step.features != "all" or not _is_nan(step.missing_values):
            raise ValueError(
                f"Step {name!r}: a MissingIndicator can be exported with features='all' and "
                "missing_values=nan."
            )
        return [Bins(np.zeros(0), 1.0)] * n_columns
    if step.encode != "ordinal":
        raise ValueError(f"Step {name!r}: a KBinsDiscretizer can be exported with encode='ordinal'.")
    edges = [all_edges[1:-1].astype(np.float64) for all_edges in step.bin_edges_]
    if len(steps) == 1:
        return [Bins(inner, np.nan) for inner in edges]
    fill = fill_of(*steps[0])
    return [
        Bins(inner, float(np.searchsorted(inner, number, side="right")))
        for inner, number in zip(edges, fill, strict=True)
    ]


def fill_of(name: str, imputer: SimpleImputer) -> Floats:
    """Numbers that an imputer fills in, one per column.

    Raises
    ------
    ValueError
        If the imputer does anything other than replace NaN by a number.
    """
    check_fitted(name, imputer)
    fill: Floats = np.asarray(imputer.statistics_, dtype=np.float64)
    if imputer.add_indicator or not _is_nan(imputer.missing_values) or np.isnan(fill).any():
        raise ValueError(
            f"Step {name!r}: a SimpleImputer can be exported if it replaces NaN by numbers, no column "
            "was all missing at fit, and add_indicator=False."
        )
    return fill


def linear_of(name: str, step: Any) -> Linear:
    """Read a scaler or a feature selection.

    Raises
    ------
    TypeError
        If it is another transformer.
    ValueError
        If it is a MinMaxScaler with ``clip=True``.
    """
    if type(step) not in SCALERS and not isinstance(step, SelectorMixin):
        known = ", ".join(cls.__name__ for cls in SCALERS)
        raise TypeError(
            f"Step {name!r} is a {type(step).__name__}, which to_onnx cannot export. Beside encoders it "
            f"exports 'passthrough', 'drop', SimpleImputer as the first step, {known} and feature "
            "selection. Use these, or skl2onnx with hybrid_encoder.onnx.register_converter()."
        )
    if isinstance(step, SelectorMixin):
        kept = step.get_support()
        return Linear(np.zeros(len(kept)), np.ones(len(kept)), np.zeros(len(kept)), kept)
    check_fitted(name, step)
    n_columns = step.n_features_in_
    zeros, ones, kept = np.zeros(n_columns), np.ones(n_columns), np.ones(n_columns, dtype=bool)
    if isinstance(step, MinMaxScaler):
        if step.clip:
            raise ValueError(f"Step {name!r}: a MinMaxScaler can be exported with clip=False.")
        return Linear(zeros, step.scale_.astype(np.float64), step.min_.astype(np.float64), kept)
    shift = getattr(step, "center_" if isinstance(step, RobustScaler) else "mean_", None)
    if shift is None or (isinstance(step, StandardScaler) and not step.with_mean):
        shift = zeros
    slope = ones if step.scale_ is None else 1 / step.scale_.astype(np.float64)
    return Linear(shift.astype(np.float64), slope, zeros, kept)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and np.isnan(value)
