"""The encoders whose quality is compared, each for a given number of output columns."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit import budget as _budget
from hybrid_encoder._fit import importance as _importance
from hybrid_encoder._fit import measures as _measures

Make = Callable[[int, pd.DataFrame], Any]  # number of output columns, rows to fit on -> an encoder


def ours(**parameters: Any) -> Make:
    """The encoder of this package, with default parameters but for these."""
    return lambda size, X: HybridHashEncoder(max_features=size, **parameters)


def equal_k(**parameters: Any) -> Make:
    """The same with one `top_k` for every column, the largest that leaves the buckets their share."""

    def make(size: int, X: pd.DataFrame) -> HybridHashEncoder:
        least = max(_budget.LEAST_BUCKETS * X.shape[1], round(_budget.BUCKET_SHARE * size))
        return HybridHashEncoder(top_k=largest_k(X, size - least), max_features=size, **parameters)

    return make


def largest_k(X: pd.DataFrame, size: int) -> int:
    """The most values per column with which all columns together stay within a size."""
    distinct = X.nunique(dropna=False).to_numpy()
    return max(k for k in range(size) if np.minimum(distinct, k).sum() <= size)


def uniform_one_hot(size: int, X: pd.DataFrame) -> OneHotEncoder:
    """scikit-learn's, with as many categories per column as the size allows; the others share one."""
    return OneHotEncoder(max_categories=largest_k(X, size), handle_unknown="infrequent_if_exist")


class HashedTokens:
    """scikit-learn's FeatureHasher, on a token ``column=value`` for every cell."""

    def __init__(self, size: int, X: pd.DataFrame) -> None:
        self.hasher = FeatureHasher(size, input_type="string")

    def fit(self, X: pd.DataFrame, y: Any = None) -> "HashedTokens":
        return self

    def transform(self, X: pd.DataFrame) -> csr_matrix:
        return self.hasher.transform(zip(*(_tokens(name, X[name]) for name in X), strict=True))


def _tokens(name: str, values: pd.Series) -> Sequence[str]:
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return np.array([f"{name}={value}" for value in distinct], dtype=object)[codes].tolist()


# Values other than the defaults: pooled_info, factor 2, weight 0.25, a fiftieth, the square root.
MEASURES = [name for name in _importance.MEASURES if name != "pooled_info"]
POOLED = (0.5, 1.0, 4.0)
WEIGHTS = (0.1, 0.5, 1.0)
SHARES = (0.05, 0.1, 0.2)
DEMANDS = (0.0, 1.0)

ONE_HOT = "one-hot"
DEFAULT = "default"
OTHERS = ("head only", "OneHotEncoder(max_categories)", "FeatureHasher")
SYSTEMS: dict[str, Make] = {
    DEFAULT: ours(),
    "head only": ours(n_buckets=0, importance="frequency"),
    "head only, same importance": ours(n_buckets=0),
    "OneHotEncoder(max_categories)": uniform_one_hot,
    "FeatureHasher": HashedTokens,
    "double hashing": ours(top_k=0, tail_weight=1),
    "regular hashing": ours(top_k=0, tail_weight=1, n_hashes=1),
    "equal K": equal_k(),
    "frequency, equal K": equal_k(importance="frequency"),
    **{name: ours(importance=name) for name in MEASURES},
    **{f"tail_weight={weight}": ours(tail_weight=weight) for weight in WEIGHTS},
    "tail_indicator=True": ours(tail_indicator=True),
    "frequency, tail_indicator=True": ours(importance="frequency", tail_indicator=True),
    **{f"pooled {factor}": ours() for factor in POOLED},
    **{f"bucket share {share}": ours() for share in SHARES},
    **{f"bucket demand {power}": ours() for power in DEMANDS},
}
# Constants of the package that the study changes, as they are no parameters.
CONSTANTS: dict[str, tuple[ModuleType, dict[str, float]]] = {
    **{f"pooled {factor}": (_measures, {"POOLED": factor}) for factor in POOLED},
    **{f"bucket share {share}": (_budget, {"BUCKET_SHARE": share}) for share in SHARES},
    **{f"bucket demand {power}": (_budget, {"BUCKET_DEMAND": power}) for power in DEMANDS},
}
