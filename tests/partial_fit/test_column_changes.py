"""`column_changes_`: the slots that got another value in a call."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from hybrid_encoder import ColumnChanges, HybridHashEncoder
from hybrid_encoder._partial_fit.transfer import changes_of, join_changes, no_changes
from hybrid_encoder._transform.fitted_column import ColumnContent, fitted_columns
from hybrid_encoder._transform.layout import Layout
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests import reference
from tests.conftest import objects
from tests.fit.builders import make_settings
from tests.partial_fit.builders import STREAM_ENCODERS, STREAMS, later_calls
from tests.test_invariants import heads


def by_output_column(encoder):
    """The value of each output column that is a slot with a value."""
    return {
        int(start) + slot: value
        for start, values in zip(encoder._fitted.layout.starts, heads(encoder), strict=False)
        for slot, value in enumerate(values)
    }


@given(STREAMS, STREAM_ENCODERS)
def test_changes_are_all_slots_with_another_value(batches, encoder):
    for before, after in later_calls(encoder, batches):
        changes, starts = after.column_changes_, before._fitted.layout.starts
        old, new = by_output_column(before), by_output_column(after)
        assert set(old) <= set(new)
        changed = sorted(slot for slot in new if slot not in old or old[slot] != new[slot])
        assert changes.output_columns.tolist() == changed
        assert changes.new_values.tolist() == [new[slot] for slot in changed]
        assert changes.old_values.tolist() == [old.get(slot) for slot in changed]
        assert changes.was_free.tolist() == [slot not in old for slot in changed]
        owners = (np.searchsorted(starts, changed, side="right") - 1).tolist()
        assert changes.input_columns.tolist() == [f"x{column}" for column in owners]
        # The buckets of the new values before.
        for value, column, found in zip(changes.new_values, owners, changes.old_buckets, strict=True):
            n_buckets, first = int(before.n_buckets_[column]), starts[column] + before.n_slots_[column]
            buckets = reference.buckets(value, n_buckets, before.n_hashes, before.seed)
            assert [bucket - first for bucket in found.tolist() if bucket >= 0] == buckets
        assert len(changes.to_frame()) == len(changes) == len(changed)


@pytest.mark.parametrize("parameters", [{}, {"top_k": 0}, {"n_buckets": 0}], ids=str)
def test_the_first_call_changes_nothing(parameters):
    encoder = HybridHashEncoder(**parameters).partial_fit([["a", 1], ["b", 2]])
    assert isinstance(encoder.column_changes_, ColumnChanges)
    assert len(encoder.column_changes_) == 0
    assert encoder.column_changes_.n_features_out == encoder.n_features_out_


def test_changes_are_those_of_the_last_call():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2).partial_fit([["a"]]).partial_fit([["b"]] * 9)
    assert encoder.column_changes_.new_values.tolist() == ["b"]
    assert len(encoder.partial_fit([["b"]]).column_changes_) == 0


ENCODER = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]]).partial_fit([["b"]] * 9)
CHANGES = ENCODER.column_changes_


@pytest.mark.parametrize("indicator", [True, False])
def test_changes_of_one_column(indicator):
    layout = Layout(np.array([2, 4]), np.array([3, 5]), indicator)
    settings = make_settings("bc", tail_indicator=indicator)
    contents = [
        ColumnContent("text", False, Vocabulary(objects(head), "text")) for head in ([], ["a", "b"])
    ]
    columns = fitted_columns("bc", contents, layout, settings)
    changes = changes_of(
        "c",
        columns[1],
        slots=np.array([3, 0]),
        new_values=objects(["x", "y"]),
        buckets=np.array([[4, 0], [2, -1]], dtype=np.int32),
        settings=settings,
        n_features_out=layout.n_features_out,
    )
    start = 5 + indicator
    assert changes.output_columns.tolist() == [start, start + 3]
    assert changes.old_values.tolist() == ["a", None]
    assert changes.new_values.tolist() == ["y", "x"]
    assert changes.was_free.tolist() == [False, True]
    assert changes.old_buckets.tolist() == [[start + 4 + 2, -1], [start + 4 + 4, start + 4]]
    assert changes.old_indicators.tolist() == ([15, 15] if indicator else [-1, -1])
    assert (changes.tail_weight, changes.n_features_out) == (0.25, layout.n_features_out)


def test_changes_of_several_columns_are_joined():
    joined = join_changes([CHANGES] * 2)
    names = CHANGES.input_columns.tolist()
    assert len(joined) == 2 * len(names)
    assert joined.input_columns.tolist() == names * 2
    assert (joined.tail_weight, joined.n_features_out) == (0.25, ENCODER.n_features_out_)


def test_no_changes_of_any_column():
    fitted = ENCODER._fitted
    none = no_changes(fitted.columns[0], fitted.settings, n_features_out=7)
    assert (len(none), none.n_features_out, none.old_buckets.shape) == (0, 7, (0, 2))


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_changes_as_a_table(n_hashes):
    encoder = HybridHashEncoder(top_k=2, n_buckets=4, n_hashes=n_hashes)
    encoder.partial_fit(pd.DataFrame({"city": ["a", "a"], "zip": [1, 2]}))
    empty = encoder.column_changes_.to_frame()
    before = copy.deepcopy(encoder)
    encoder.partial_fit(pd.DataFrame({"city": [None, *["b"] * 8], "zip": [3] * 9}))
    frame = encoder.column_changes_.to_frame()
    buckets = [f"old_bucket_{i}" for i in range(n_hashes)]
    assert list(frame) == list(empty) == [
        "input_column", "output_column", "old_value", "new_value", "was_free", *buckets
    ]  # fmt: skip
    assert len(empty) == 0
    assert frame[["input_column", "output_column", "new_value", "was_free"]].values.tolist() == [
        ["city", 1, "b", True],
        ["zip", 7, 3, False],
    ]
    assert [value is None for value in frame["old_value"]] == [True, False]
    assert frame["old_value"][1] == 2
    set_before = before.encode_indices(pd.DataFrame({"city": ["b"], "zip": [3]}))[0]
    assert frame[buckets].values.tolist() == set_before.tolist()


def test_tables_with_and_without_rows_have_the_same_dtypes():
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    none = encoder.column_changes_.to_frame()
    some = encoder.partial_fit([["b"]] * 9).column_changes_.to_frame()
    assert len(some) == 1
    assert none.dtypes.equals(some.dtypes)
