"""The encoders that are compared, with parameters that a user would choose for columns of many values.

Our encoder has ``SLOTS`` slots and ``BUCKETS`` buckets per input column. The others get the nearest
equivalent: the same number of columns for the most frequent values if possible, otherwise a hash space
of a usual size.
"""

import importlib.util
import os
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder

SLOTS, BUCKETS = 10_000, 4_000
HASH_SPACE = 2**17  # for all columns together

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def ours(**parameters: object) -> HybridHashEncoder:
    """The encoder of this package."""
    return HybridHashEncoder(**({"top_k": SLOTS, "n_buckets": BUCKETS} | parameters))


def one_hot() -> OneHotEncoder:
    """As many columns for frequent values as ours has; all others, new ones included, share one."""
    return OneHotEncoder(max_categories=SLOTS, handle_unknown="infrequent_if_exist")


def hasher() -> FeatureHasher:
    """The hashing trick on tokens ``column=value``."""
    return FeatureHasher(HASH_SPACE, input_type="string")


def tokens(table: pd.DataFrame) -> list[list[str]]:
    """The input of FeatureHasher: a list of ``column=value`` per row."""
    prefixed = [
        (f"{name}=" + column.astype(str).fillna("missing")).tolist() for name, column in table.items()
    ]
    return list(map(list, zip(*prefixed, strict=True)))


def has(package: str) -> bool:
    """Whether a package is installed."""
    return importlib.util.find_spec(package) is not None


def hashing_encoder() -> object:
    """category_encoders' hashing trick, in this process; its output is a dense frame."""
    import category_encoders as ce

    return ce.HashingEncoder(n_components=32, max_process=1)


def keras_lookups(table: pd.DataFrame) -> Callable[[pd.DataFrame], list[object]]:
    """A layer for each column, with our vocabulary; gives an index per cell.

    Each call converts the columns to tensors first, as a model that serves rows must, and fills missing
    values with a text.
    """
    import keras

    layers, prepare = {}, {}
    for name, head in zip(table, ours(n_buckets=1).fit(table).vocabularies_, strict=True):
        known = [value for value in head.tolist() if value is not None]
        if head.dtype.kind in "iu":
            layers[name] = keras.layers.IntegerLookup(vocabulary=known, num_oov_indices=BUCKETS)
            prepare[name] = as_integers
        else:
            layers[name] = keras.layers.StringLookup(vocabulary=known, num_oov_indices=BUCKETS)
            prepare[name] = as_filled_text if table[name].hasnans else as_text
    return lambda rows: [layer(prepare[name](rows[name])) for name, layer in layers.items()]


def as_integers(column: pd.Series) -> np.ndarray:
    """The input of IntegerLookup."""
    return column.to_numpy(dtype="int64")


def as_text(column: pd.Series) -> np.ndarray:
    """The input of StringLookup."""
    return column.to_numpy(dtype=object)


def as_filled_text(column: pd.Series) -> np.ndarray:
    """The input of StringLookup, where values are missing."""
    return column.fillna("missing").to_numpy(dtype=object)
