"""Encoders for the tests of displays, and functions that read pictures and tables."""

import numpy as np

from hybrid_encoder import HybridHashEncoder

# First column: US 4, FR 2, missing 2. Second column: all values are different.
X = [["US", 1], ["US", 2], ["US", 3], ["US", 4], ["FR", 5], ["FR", 6], [None, 7], [None, 8]]


def column(rows):
    return [[cell] for cell in rows]


def fitted(rows, weights=None, **parameters):
    return HybridHashEncoder(**{"top_k": 1, "n_buckets": 4} | parameters).fit(rows, None, weights)


def rows_of(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


MANY = np.arange(2000)[:, None]


def xy(line):
    return list(zip(*line.get_data(), strict=True))


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]
