"""Encoders for displays, and what their pictures and tables show."""

import numpy as np

from hybrid_encoder import HybridHashEncoder

# US 4, FR 2, missing 2: shares of 1/2, 1/4, 1/4. The second column's values are all different.
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
