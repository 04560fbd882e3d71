"""Encoders and batches for the tests of `partial_fit`, and the state of an encoder as plain values."""

import copy

import numpy as np
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.history import counts_from_history
from hybrid_encoder._fit.importance import MEASURES
from tests import reference
from tests.conftest import array
from tests.fit.builders import listed


def fresh(encoder):
    """An encoder with the same parameters that is not fitted."""
    return HybridHashEncoder(**encoder.get_params())


def recalled(encoder):
    """The counts of every column that an encoder keeps."""
    fitted = encoder._fitted
    return [
        counts_from_history(history, column, fitted.class_labels)
        for history, column in zip(fitted.histories, fitted.columns, strict=True)
    ]


def weights_of(encoder):
    """The weights by class of the values of the first column."""
    counts = recalled(encoder)[0]
    return dict(zip(listed(counts), counts.class_counts.tolist(), strict=True))


def counts_of(encoder):
    """All counts that an encoder keeps, by the keys of the values, without their dtype."""
    found = []
    for counts in recalled(encoder):
        keys = map(reference.key, listed(counts))
        found.append(
            (
                counts.kind,
                counts.multi_hot,
                dict(zip(keys, counts.class_counts.tolist(), strict=True)),
                counts.missing_counts.tolist(),
                counts.class_totals.tolist(),
                counts.error,
                counts.lost,
            )
        )
    return found


def plain(value):
    """Arrays as lists, with their dtypes."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tolist())
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def state(encoder):
    """All state of an encoder as plain values."""
    return plain(encoder.__getstate__())


def changes_of(encoder):
    """`column_changes_` as plain values."""
    return state(encoder)["column_changes_"]


@st.composite
def streams(draw, lists=False):
    """Batches of the same columns; later ones have other values."""
    kinds = draw(
        st.lists(
            st.sampled_from(
                [
                    st.sampled_from("abcdefgh"),
                    st.integers(-3, 6),
                    st.sampled_from([0.5, 1.0, 2.0, 2.0**60, -1.5]),
                ]
            ),
            min_size=1,
            max_size=2,
        )
    )
    batches = []
    for _ in range(draw(st.integers(2, 6))):
        n_rows = draw(st.integers(1, 12))
        columns = {}
        for number, kind in enumerate(kinds):
            cells = st.none() | kind
            if lists:
                cells = st.lists(cells, min_size=1, max_size=3)
            columns[f"c{number}"] = draw(st.lists(cells, min_size=n_rows, max_size=n_rows))
        batches.append(columns)
    return batches


STREAMS = streams() | streams(lists=True)

STREAM_ENCODERS = st.builds(
    HybridHashEncoder,
    top_k=st.just("auto") | st.integers(0, 4) | st.none(),
    n_buckets=st.just("auto") | st.integers(0, 5),
    max_features=st.integers(25, 40),
    n_hashes=st.integers(1, 2),
    min_frequency=st.sampled_from([1, 2, 0.2]),
    importance=st.sampled_from(["auto", *MEASURES]),
    tail_indicator=st.booleans(),
    handle_missing=st.sampled_from(["value", "ignore"]),
    decay=st.sampled_from([1.0, 0.5, 0.1]),
    max_tracked=st.sampled_from([None, 40]),
    seed=st.integers(0, 3),
) | st.builds(
    HybridHashEncoder,
    top_k=st.integers(0, 3),
    n_buckets=st.integers(0, 5),
    importance=st.sampled_from(["auto", "frequency", "fisher"]),
    decay=st.sampled_from([1.0, 0.5]),
    # Fewer than there are values: counts are dropped.
    max_tracked=st.integers(3, 6),
)


def classes_of(columns):
    """Classes of the rows of a batch, two in turn."""
    return np.arange(len(next(iter(columns.values())))) % 2


def partial_fit_first(encoder, X, y=None):
    """The first call, with a larger budget if `max_features` is too small for the other parameters."""
    try:
        return encoder.partial_fit(X, y)
    except ValueError:
        return encoder.set_params(max_features=10_000).partial_fit(X, y)


def fit_batches(encoder, batches):
    """Call `partial_fit` with each batch."""
    for number, columns in enumerate(batches):
        call = partial_fit_first if number == 0 else HybridHashEncoder.partial_fit
        call(encoder, array(columns), classes_of(columns))
    return encoder


def later_calls(encoder, batches):
    """Yield a copy of the encoder before each call but the first, and the encoder after the call."""
    fit_batches(encoder, batches[:1])
    for columns in batches[1:]:
        before = copy.deepcopy(encoder)
        yield before, encoder.partial_fit(array(columns), classes_of(columns))
