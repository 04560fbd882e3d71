"""Small tables of counts, and their content as plain Python values."""

import numpy as np
import pytest

from hybrid_encoder._fit.counts import Classes, count
from hybrid_encoder._fit.merging import limit_size
from hybrid_encoder._fit.parameters import settings_of
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.columns import Column
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform.fitted_column import ColumnContent, fitted_columns
from hybrid_encoder._transform.layout import Layout
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects
from tests.fitted import fitted


def counted(values, weights=None, labels=None):
    """The counts of cells, by the class labels of the rows if there are any."""
    weights = None if weights is None else np.array(weights, dtype=float)
    return count(read_column(objects(values)), weights, classes_of(labels))


def counted_numbers(values, weights=None, labels=None):
    """The same for an array of numbers."""
    return count(Column("number", np.asarray(values)), weights, classes_of(labels))


def classes_of(labels):
    if labels is None:
        return None
    known, codes = np.unique(labels, return_inverse=True)
    return Classes(codes, known)


def listed(counts):
    """The distinct values in their order."""
    return (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()


def by_class(counts):
    """The weights of each value by class."""
    return dict(zip(listed(counts), counts.class_counts.tolist(), strict=True))


def by_value(counts):
    """The weight of each value."""
    return dict(zip(listed(counts), counts.weights.tolist(), strict=True))


def content(counts):
    """All that a table of counts holds, without the order of its values."""
    return (
        counts.kind,
        by_class(counts),
        counts.missing_counts.tolist(),
        counts.class_totals.tolist(),
        counts.multi_hot,
        None if counts.labels is None else counts.labels.tolist(),
        counts.error,
        counts.lost,
    )


def groups_of(X, y=None):
    """The counts of every column by pandas, as `fit_counts` takes them."""
    keys = [] if y is None else [y]
    return {name: X.groupby([name, *keys], dropna=False, observed=True).size() for name in X}


def outcome(fit):
    """All fitted state that a fit leads to, or the error that it raised."""
    try:
        return fitted(fit())
    except ValueError as error:
        return type(error), "too small" in str(error)


def limited(counts, max_tracked):
    """The counts of at most `max_tracked` values, none of which has a slot."""
    return limit_size(counts, np.full(counts.n_values + 1, -1), max_tracked)[0]


def assert_bounds_hold(found, true, m):
    """What a summary of `m` values promises, given the true weight of each value."""
    total = sum(true.values())
    kept = by_value(found)
    rounding = 1e-9 * total
    assert len(kept) <= m
    assert (m + 1) * found.error <= total + rounding
    assert all(weight > 0 for weight in kept.values())
    for value, weight in true.items():
        assert weight - found.error - rounding <= kept.get(value, 0) <= weight + rounding
    heavy = {value for value, weight in true.items() if weight * (m + 1) > total + rounding}
    assert heavy <= set(kept)
    assert sum(kept.values()) + found.lost == pytest.approx(total)


PARAMETERS = {
    "top_k": 2,
    "n_buckets": 3,
    "max_features": 100,
    "n_hashes": 2,
    "min_frequency": 1,
    "importance": "frequency",
    "tail_weight": 0.25,
    "tail_indicator": False,
    "handle_missing": "value",
    "seed": 0,
    "dtype": np.float64,
    "max_tracked": None,
    "decay": 1.0,
}


def make_settings(labels=(0,), **parameters):
    """The settings of a fit to the columns `labels`."""
    return settings_of(PARAMETERS | parameters, labels)


def column_of(head, kind, n_slots=None, *, n_buckets=0, multi_hot=False, **parameters):
    """A fitted column with these values in its first slots."""
    settings = make_settings(**parameters)
    n_slots = len(head) if n_slots is None else n_slots
    layout = Layout(np.array([n_slots]), np.array([n_buckets]), settings.tail_indicator)
    content = ColumnContent(kind, multi_hot, Vocabulary(head, kind))
    return fitted_columns([0], [content], layout, settings)[0]
