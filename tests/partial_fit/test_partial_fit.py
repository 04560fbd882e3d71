"""Encoders that keep learning: what `partial_fit` promises from call to call."""

import copy
import io
import itertools
import os
import pickle
import subprocess
import sys
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr
from sklearn.utils.metadata_routing import get_routing_for_object

from hybrid_encoder import ColumnChanges, HybridHashEncoder
from hybrid_encoder._fit.history import recall
from hybrid_encoder._fit.importance import MEASURES
from hybrid_encoder._input import parallel as _blocks
from hybrid_encoder._input import text as _text
from hybrid_encoder._partial_fit import update as _revision
from tests import reference
from tests.conftest import array
from tests.fit.test_merging import assert_guaranteed
from tests.test_encoder import COLUMNS, LISTS
from tests.test_invariants import AVAILABLE, ENCODERS, IMPORTANCE, heads, same, tables


def fresh(encoder):
    return HybridHashEncoder(**encoder.get_params())


def counts_of(encoder):
    """All counts that an encoder remembers, by the key of the value: the dtype does not show."""
    found = []
    for history, values, kind, multi_hot in zip(
        encoder._histories, encoder.vocabularies_, encoder._kinds, encoder._multi_hot, strict=True
    ):
        counts = recall(history, values, kind, multi_hot)
        listed = _text.objects(counts.values) if kind == "text" else counts.values
        table = zip(map(reference.key, listed.tolist()), counts.class_counts.tolist(), strict=True)
        rest = (counts.missing_counts.tolist(), counts.class_totals.tolist(), counts.error, counts.lost)
        found.append((kind, multi_hot, dict(table), *rest))
    return found


def plain(value):
    """Something made of arrays, as lists, with the dtypes that are no matter of taste."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tolist())
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def state(encoder):
    return plain(encoder.__getstate__())


def batches(columns, *ends):
    """The rows up to each of some ends, and those after the last."""
    X = array(columns)
    return [X[start:end] for start, end in itertools.pairwise([0, *ends, len(X)])]


# --- The first call ---


def partial_fit_first(encoder, X, y=None):
    """The first call, with a budget that does for whatever the encoder was told to give."""
    try:
        return encoder.partial_fit(X, y)
    except ValueError:
        return encoder.set_params(max_features=10_000).partial_fit(X, y)


@given(tables() | tables(lists=True), ENCODERS, IMPORTANCE, AVAILABLE)
def test_the_first_call_chooses_the_head_as_fit_does(columns, encoder, importance, container):
    X = array(columns)
    y = np.arange(len(X)) % 2
    encoder.set_params(importance=importance)
    found = partial_fit_first(encoder, container(columns), y)
    expected = fresh(encoder).fit(X, y)
    # A reserve is room beside the head: the rest of it is that of fit where the budget is ample.
    for own, other in zip(heads(found), heads(expected), strict=True):
        assert own[: len(other)] == other
        assert len(own) == len(other)
    assert len(found.column_changes_) == 0
    if encoder.n_buckets != "auto":
        assert found.n_buckets_.tolist() == expected.n_buckets_.tolist()


@given(tables(), st.integers(0, 5), st.integers(0, 6), ENCODERS)
def test_where_nothing_is_auto_rows_are_encoded_as_by_fit(columns, top_k, n_buckets, encoder):
    X = array(columns)
    encoder.set_params(top_k=top_k, n_buckets=n_buckets)
    found, expected = encoder.partial_fit(X), fresh(encoder).fit(X)
    assert found.n_slots_.tolist() == [top_k] * X.shape[1]
    free = np.concatenate(
        [
            start + np.arange(len(head), top_k)
            for start, head in zip(found._layout.starts, heads(found), strict=False)
        ]
    )
    kept = np.setdiff1d(np.arange(found.n_features_out_), free)
    encoded = found.transform(X).toarray()
    assert not encoded[:, free].any()
    assert encoded[:, kept].tolist() == expected.transform(X).toarray().tolist()
    names = found.get_feature_names_out()[kept]
    assert names.tolist() == expected.get_feature_names_out().tolist()


def test_free_slots_are_named_by_their_number():
    encoder = HybridHashEncoder(top_k=4, n_buckets=1, tail_indicator=True)
    encoder.partial_fit(pd.DataFrame({"a": ["x", "y"], "b": [1, 1]}))
    assert encoder.get_feature_names_out().tolist() == [
        *("a_x", "a_y", "a#free2", "a#free3", "a#0", "a#tail"),
        *("b_1", "b#free1", "b#free2", "b#free3", "b#0", "b#tail"),
    ]
    assert encoder.report()["free_slots"].tolist() == [2, 3]


@pytest.mark.parametrize("n_rows", [1, 3, 200])
@pytest.mark.parametrize("max_features", [20, 150, 5000])
@pytest.mark.parametrize(
    "parameters",
    [{}, {"top_k": 2}, {"n_buckets": 3}, {"tail_indicator": True}, {"top_k": {1: 2}},
     {"n_buckets": {0: 0}}, {"top_k": None}, {"min_frequency": 5}],
    ids=str,
)  # fmt: skip
def test_auto_fills_the_budget(parameters, max_features, n_rows):
    X = [[f"v{row}", row % 7] for row in range(n_rows)]
    encoder = HybridHashEncoder(max_features=max_features, **parameters)
    if parameters == {"top_k": None} and n_rows > max_features:
        with pytest.raises(ValueError, match="is too small for these 2 columns"):
            encoder.partial_fit(X)
        return
    encoder.partial_fit(X)
    assert encoder.n_features_out_ == max_features
    assert encoder.transform(X).shape == (n_rows, max_features)
    assert len(set(encoder.get_feature_names_out())) == max_features


@pytest.mark.parametrize("max_tracked", [5, 100])
def test_no_more_slots_than_values_that_are_tracked(max_tracked):
    X = [[f"v{row}", row % 7] for row in range(300)]
    encoder = HybridHashEncoder(max_features=400, n_buckets=3, max_tracked=max_tracked)
    assert encoder.partial_fit(X).n_slots_.tolist() == [max_tracked, max_tracked]
    words = r"Column 0 has 6 slots, and max_tracked=5.*Set max_tracked to 6 or, better"
    if max_tracked == 5:
        with pytest.raises(ValueError, match=words):
            HybridHashEncoder(top_k=6, max_tracked=5).partial_fit(X)


# --- Any sequence of calls ---


@st.composite
def streams(draw, lists=False):
    """Tables of the same columns, one after the other, whose values are not those of the first."""
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
    parts = []
    for _ in range(draw(st.integers(2, 6))):
        n_rows = draw(st.integers(1, 12))
        columns = {}
        for number, kind in enumerate(kinds):
            cells = st.none() | kind
            if lists:
                cells = st.lists(cells, min_size=1, max_size=3)
            columns[f"c{number}"] = draw(st.lists(cells, min_size=n_rows, max_size=n_rows))
        parts.append(columns)
    return parts


LEARNERS = st.builds(
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
    # Fewer than there are values: counts are let go of.
    max_tracked=st.integers(3, 6),
)


def classes_of(columns):
    return np.arange(len(next(iter(columns.values())))) % 2


def learn(encoder, parts):
    for columns in parts:
        encoder.partial_fit(array(columns), classes_of(columns))
    return encoder


def by_slot(encoder):
    """The value of each output column that is a slot with one."""
    return {
        int(start) + slot: value
        for start, values in zip(encoder._layout.starts, heads(encoder), strict=False)
        for slot, value in enumerate(values)
    }


@given(streams() | streams(lists=True), LEARNERS)
def test_what_is_promised_from_call_to_call(parts, encoder):
    partial_fit_first(encoder, array(parts[0]), classes_of(parts[0]))
    assert isinstance(encoder.column_changes_, ColumnChanges)
    for columns in parts[1:]:
        X, before = array(columns), copy.deepcopy(encoder)
        encoder.partial_fit(X, classes_of(columns))
        changes = encoder.column_changes_
        # The width stays, and what it is made of.
        assert encoder.n_features_out_ == before.n_features_out_
        assert encoder.n_slots_.tolist() == before.n_slots_.tolist()
        assert encoder.n_buckets_.tolist() == before.n_buckets_.tolist()
        names = encoder.get_feature_names_out()
        assert len(set(names)) == len(names) == encoder.n_features_out_
        # What changed hands is told, and nothing else is.
        old, new = by_slot(before), by_slot(encoder)
        assert set(old) <= set(new)
        moved = sorted(slot for slot in new if slot not in old or old[slot] != new[slot])
        assert changes.output_columns.tolist() == moved
        assert changes.new_values.tolist() == [new[slot] for slot in moved]
        assert changes.old_values.tolist() == [old.get(slot) for slot in moved]
        assert changes.was_free.tolist() == [slot not in old for slot in moved]
        # A value has one slot at most, and did not have another before.
        for column, values in enumerate(heads(encoder)):
            keys = [reference.key(value) for value in values]
            assert len(set(keys)) == len(keys)
            earlier = {reference.key(value) for value in heads(before)[column]}
            taken = np.diff(np.searchsorted(moved, before._layout.starts[column : column + 2]))[0]
            first = np.searchsorted(moved, before._layout.starts[column])
            arrived = changes.new_values[first : first + taken]
            assert not earlier & {reference.key(value) for value in arrived}
        # Their buckets are those that they had.
        assert len(changes.to_frame()) == len(changes) == len(moved)
        for i, slot in enumerate(moved):
            column = int(np.searchsorted(before._layout.starts, slot, side="right")) - 1
            start = before._layout.starts[column] + before.n_slots_[column]
            expected = reference.buckets(
                changes.new_values[i], int(before.n_buckets_[column]), before.n_hashes, before.seed
            )
            found = [bucket - start for bucket in changes.old_buckets[i].tolist() if bucket >= 0]
            assert found == expected
            assert changes.input_columns[i] == f"x{column}"


@given(streams() | streams(lists=True), LEARNERS, st.integers(0, 9))
def test_the_output_is_what_the_rules_say(parts, encoder, seed):
    partial_fit_first(encoder, array(parts[0]), classes_of(parts[0]))
    learn(encoder, parts[1:])
    settings = {
        name: getattr(encoder, name)
        for name in ("n_hashes", "tail_weight", "tail_indicator", "handle_missing", "seed")
    }
    for columns in parts:
        X = array(columns)
        # A slot that is free is one of a value that never comes.
        values = [
            [*own, *(f"free {slot}" for slot in range(len(own), n_slots))]
            for own, n_slots in zip(heads(encoder), encoder.n_slots_.tolist(), strict=True)
        ]
        expected = reference.encode(
            list(columns.values()), values, encoder.n_buckets_.tolist(), **settings
        )
        assert encoder.transform(X).toarray().tolist() == expected.tolist()


@given(streams(), LEARNERS, AVAILABLE)
def test_the_container_does_not_show(parts, encoder, container):
    partial_fit_first(encoder, array(parts[0]), classes_of(parts[0]))
    other = fresh(encoder).partial_fit(container(parts[0]), classes_of(parts[0]))
    for columns in parts[1:]:
        if container(columns) is not None:
            encoder.partial_fit(array(columns), classes_of(columns))
            other.partial_fit(container(columns), classes_of(columns))
    assert heads(other) == heads(encoder)
    assert counts_of(other) == counts_of(encoder)


@given(streams() | streams(lists=True), LEARNERS, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_a_batch_does_not_show(parts, encoder, weighted, random):
    partial_fit_first(encoder, array(parts[0]), classes_of(parts[0]))
    other, one = fresh(encoder), fresh(encoder)
    for columns in parts:
        X, y = array(columns), classes_of(columns)
        order = random.sample(range(len(X)), len(X))
        # Weights that floats hold only nearly, whose sums depend on their order.
        weights = np.arange(1, len(X) + 1) / 10 if weighted else np.ones(len(X))
        one.partial_fit(X, y, weights)
        other.partial_fit(X[order], y[order], weights[order])
        assert heads(other) == heads(one)
        assert other.column_changes_.to_frame().equals(one.column_changes_.to_frame())
        assert weighted or counts_of(other) == counts_of(one)


def n_changes_of_noise():
    """How many slots change hands where all values are as frequent as each other."""
    generator = np.random.default_rng(0)
    encoder = HybridHashEncoder(top_k=5, n_buckets=4, decay=0.99)
    encoder.partial_fit(generator.integers(0, 10, (3000, 1)))
    n_changes = 0
    for _ in range(60):
        encoder.partial_fit(generator.integers(0, 10, (100, 1)))
        n_changes += len(encoder.column_changes_)
    return n_changes


def test_values_of_about_the_same_score_do_not_take_turns(monkeypatch):
    with_margin = n_changes_of_noise()
    monkeypatch.setattr(_revision, "MARGIN", 0.0)
    assert with_margin < n_changes_of_noise() / 5


# --- Counts ---


@given(streams() | streams(lists=True), st.randoms(use_true_random=False))
def test_any_split_and_order_of_rows_gives_the_same_counts(parts, random):
    labels = [classes_of(columns) for columns in parts]
    whole = {name: list(itertools.chain(*(part[name] for part in parts))) for name in parts[0]}
    expected = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    expected.partial_fit(array(whole), np.concatenate(labels))
    found = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    for number in random.sample(range(len(parts)), len(parts)):
        found.partial_fit(array(parts[number]), labels[number])
    # A batch of one class is joined by the other when it comes.
    assert counts_of(found) == counts_of(expected)
    kept = ["kind", "distinct", "slots", "buckets", "missing_share", "count_error"]
    assert found.report()[kept].equals(expected.report()[kept])


@pytest.mark.parametrize("decay", [0.5, 0.25])
def test_a_row_counts_less_with_every_call(decay):
    ages = [["a", "a", "b", None], ["b", "c"], ["a"], ["c", "c", None]]
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, decay=decay)
    for values in ages:
        encoder.partial_fit([[value] for value in values])
    _, _, counts, missing, totals, error, lost = counts_of(encoder)[0]
    expected = {
        value: sum(decay ** (3 - i) * values.count(value) for i, values in enumerate(ages))
        for value in ("a", "b", "c", None)
    }
    assert missing == [expected.pop(None)]
    assert counts == {value.encode(): [weight] for value, weight in expected.items()}
    assert totals == [sum(decay ** (3 - i) * len(values) for i, values in enumerate(ages))]
    assert (error, lost) == (0, 0)


@pytest.mark.parametrize("values", [["a", "b", "c"], [1, 2, 3], [["a"], ["b", "b"], ["c"]]], ids=str)
@pytest.mark.parametrize("importance", [*MEASURES])
def test_what_has_faded_to_nothing_gives_way(importance, values):
    old, new = array({"a": values[:2]}), array({"a": [values[2], None]})
    encoder = HybridHashEncoder(
        top_k=1, n_buckets=2, importance=importance, decay=1e-200, handle_missing="ignore"
    )
    encoder.partial_fit(np.repeat(old, 50, axis=0), [0, 1] * 50)
    head = heads(encoder)
    for _ in range(3):
        encoder.partial_fit(array({"a": [None, None]}), [0, 1])
    # Nothing is known of the values any more; the head stays as long as nobody else comes.
    assert counts_of(encoder)[0][2] == {}
    assert heads(encoder) == head
    encoder.partial_fit(np.repeat(new, 20, axis=0), [1] * 20 + [0] * 20)
    assert heads(encoder) == [["c" if values[0] != 1 else 3]]


def test_weights_count():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    encoder.partial_fit([["a"], ["b"]], sample_weight=[1, 2]).partial_fit([["a"]], sample_weight=[4])
    assert counts_of(encoder)[0][2] == {b"a": [5], b"b": [2]}
    assert heads(encoder) == [["a"]]


@pytest.mark.parametrize("m", [4, 30])
@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_a_bounded_encoder_keeps_what_it_guarantees(m, decay):
    values = np.random.default_rng(0).zipf(1.3, 3000) % 400
    values = (values + np.arange(3000) // 1000 * 50) % 400
    encoder = HybridHashEncoder(top_k=3, n_buckets=5, max_tracked=m, decay=decay)
    weights = np.zeros(3000)
    for start in range(0, 3000, 200):
        encoder.partial_fit(values[start : start + 200, None])
        weights[:start] *= decay
        weights[start : start + 200] = 1
        counts = recall(encoder._histories[0], encoder.vocabularies_[0], "number", False)
        codes = np.bincount(values, weights)
        true = {value: codes[value] for value in np.flatnonzero(codes).tolist()}
        assert_guaranteed(counts, true, m)
        assert encoder._histories[0].error == counts.error


def test_a_bound_is_reported():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, max_tracked=2)
    encoder.partial_fit([["a"], ["a"], ["a"], ["b"], ["c"]]).partial_fit([["a"]])
    # The report is of the counts that ranked the values, before they are bounded again.
    assert encoder.report()["count_error"].tolist() == [1]
    assert HybridHashEncoder().fit([["a"]]).report()["count_error"].tolist() == [0]


def test_the_head_of_bounded_counts_is_that_of_all_where_values_are_far_apart():
    order = np.random.default_rng(0).permutation(2000)
    values = np.concatenate([np.full(400, 1), np.full(250, 2), np.full(150, 3), np.arange(10, 1210)])
    parts = np.array_split(values[order], 10)
    exact, bounded = (
        HybridHashEncoder(top_k=3, n_buckets=5, max_tracked=max_tracked) for max_tracked in (None, 60)
    )
    for part in parts:
        exact.partial_fit(part[:, None])
        bounded.partial_fit(part[:, None])
    # Off by at most 2000 / 61 = 33, and they are 100 apart.
    assert 0 < bounded._histories[0].error <= 2000 / 61
    assert set(heads(bounded)[0]) == set(heads(exact)[0]) == {1, 2, 3}


@pytest.mark.parametrize(("times", "head"), [(5, ["a", "b"]), (6, ["a", "z"])])
def test_a_value_whose_counts_were_let_go_of_gives_way_to_more_than_chance(times, head):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, max_tracked=2)
    encoder.partial_fit([["a"]] * 50 + [["b"]] * 25 + [["c"]] * 25)
    # Three values were one too many: all counts are 25 lower, and b may have been seen 25 times: 0 + 5.
    assert heads(encoder) == [["a", "b"]]
    assert counts_of(encoder)[0][2] == {b"a": [25]}
    encoder.partial_fit([["z"]] * times)
    assert heads(encoder) == [head]


def test_slots_do_not_flap_where_counts_are_bounded():
    generator = np.random.default_rng(0)
    shares = 1 / np.arange(1, 5001) ** 0.8
    encoders = [
        HybridHashEncoder(top_k=50, n_buckets=5, max_tracked=max_tracked) for max_tracked in (None, 200)
    ]
    n_changes = [0, 0]
    for call in range(60):
        X = generator.choice(5000, 300, p=shares / shares.sum())[:, None]
        for which, encoder in enumerate(encoders):
            late = len(encoder.partial_fit(X).column_changes_) if call >= 30 else 0
            n_changes[which] += len(encoder.column_changes_) if late else 0
    # With a bound that lets go of most of the head at every call, no more change than with all counts.
    assert n_changes[1] <= 2 * n_changes[0]


# --- fit and partial_fit together ---


def test_fit_after_partial_fit_starts_afresh():
    encoder = HybridHashEncoder(top_k=3, n_buckets=4)
    encoder.partial_fit([["a"], ["b"]]).partial_fit([["c"], ["d"]])
    encoder.fit([[1], [2], [1]])
    assert not hasattr(encoder, "column_changes_")
    assert state(encoder) == state(fresh(encoder).fit([[1], [2], [1]]))


def test_partial_fit_after_fit_keeps_the_width_and_the_counts_of_the_head():
    encoder = HybridHashEncoder(top_k=2, n_buckets=4).fit([["a"]] * 5 + [["b"]] * 3 + [["c"]] * 2)
    names = encoder.get_feature_names_out().tolist()
    encoder.partial_fit([["c"]] * 3)
    # Those of c at fit were not kept: it has 3, and b has 3 too.
    assert encoder.get_feature_names_out().tolist() == names
    assert counts_of(encoder)[0][2] == {b"a": [5], b"b": [3], b"c": [3]}
    assert encoder.report()["count_error"].tolist() == [2]
    encoder.partial_fit([["c"]] * 9)
    assert encoder.get_feature_names_out().tolist() == ["x0_a", "x0_c", *names[2:]]


def test_fit_makes_no_free_slots():
    encoder = HybridHashEncoder(top_k=5, n_buckets=2).fit([["a"], ["b"]])
    assert encoder.report()["free_slots"].tolist() == [0]
    encoder.partial_fit([["c"]] * 9)
    assert heads(encoder) == [["a", "c"]]


@pytest.mark.parametrize("setting", [{"max_tracked": 3}, {"decay": 0.5}, {"min_frequency": 30}], ids=str)
def test_some_parameters_act_at_once(setting):
    X, more = [["a"]] * 8 + [["b"], ["c"], ["d"]], [["e"]] * 9
    one = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(X)
    other = copy.deepcopy(one).set_params(**setting)
    one.partial_fit(more)
    other.partial_fit(more)
    assert counts_of(other) != counts_of(one) or heads(other) != heads(one)


@pytest.mark.parametrize(
    "later",
    [
        {"top_k": 1},
        {"n_buckets": 9},
        {"max_features": 9},
        {"importance": "gini"},
        {"importance": "frequency"},
        {"tail_indicator": True},
        {"seed": 7},
        {"n_hashes": 1},
        {"tail_weight": 3},
        {"handle_missing": "error"},
        {"handle_missing": "ignore"},
        {"dtype": np.int8},
    ],
    ids=str,
)
@pytest.mark.parametrize("y", [None, [0, 1, 1, 0, 1]], ids=["no-target", "target"])
def test_other_parameters_wait_for_the_next_fit(later, y):
    X, more = [["a"], ["a"], ["b"], [None], ["c"]], [["d"], ["d"], ["d"], [None], ["e"]]
    one = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(X, y)
    other = copy.deepcopy(one).set_params(**later)
    one.partial_fit(more, y)
    other.partial_fit(more, y)
    assert counts_of(other) == counts_of(one)
    assert heads(other) == heads(one)
    assert plain(other.column_changes_.plain()) == plain(one.column_changes_.plain())
    assert same(other.transform(more), one.transform(more))


# --- Kinds of columns ---


@pytest.mark.parametrize("top_k", [0, 3])
@pytest.mark.parametrize(
    "later", [["a", "b", "a"], [1, 2, 1], [0.5, None, 2], [["a"], [], ["a", "b"]], [[1], None, [2]]]
)
@pytest.mark.parametrize("handle_missing", ["value", "ignore"])
def test_a_column_of_nothing_but_missing_values_may_be_of_any_kind_later(later, handle_missing, top_k):
    encoder = HybridHashEncoder(top_k=top_k, n_buckets=4, handle_missing=handle_missing)
    encoder.partial_fit(array({"a": [None, None]}))
    assert encoder.report()["kind"].tolist() == ["missing"]
    encoder.partial_fit(array({"a": [None]})).partial_fit(array({"a": later}))
    whole = HybridHashEncoder(top_k=top_k, n_buckets=4, handle_missing=handle_missing)
    if isinstance(later[0], list):
        whole.partial_fit(array({"a": [*later, None, None, None]}))
    else:
        whole.partial_fit(array({"a": [None, None, None, *later]}))
    assert counts_of(encoder) == counts_of(whole)
    assert sorted(map(str, heads(encoder)[0])) == sorted(map(str, heads(whole)[0]))
    assert encoder.vocabularies_[0].dtype == whole.vocabularies_[0].dtype
    again = pickle.loads(pickle.dumps(encoder)).partial_fit(array({"a": later}))
    assert again.report()["kind"].tolist() == whole.report()["kind"].tolist()


def test_numbers_of_every_dtype_are_the_same_values():
    encoder = HybridHashEncoder(top_k=3, n_buckets=4)
    parts = [
        np.array([3, 5], dtype=np.int8),
        np.array([3.0, np.nan], dtype=np.float32),
        np.array([2**63], dtype=np.uint64),
        np.array([True]),
        np.array([0.5, 3]),
        np.array([-1, 2**63], dtype=object),
    ]
    for part in parts:
        encoder.partial_fit(pd.DataFrame({"n": part}))
    assert counts_of(encoder)[0][2] == {
        reference.key(value): [weight]
        for value, weight in {3: 3, 5: 1, 2**63: 2, 1: 1, 0.5: 1, -1: 1}.items()
    }
    assert encoder.inverse_transform(encoder.transform(pd.DataFrame({"n": [3.0]}))).tolist() == [[3]]


def test_the_name_of_a_number_does_not_change_with_its_neighbours():
    encoder = HybridHashEncoder(top_k=3, n_buckets=1).partial_fit([[3], [4]])
    encoder.partial_fit([[0.5]])
    assert encoder.get_feature_names_out().tolist() == ["x0_3", "x0_4", "x0_0.5", "x0#0"]


@pytest.mark.parametrize("columns", [COLUMNS, LISTS], ids=["single", "lists"])
def test_every_container_goes_on_as_the_others_do(container, columns):
    expected = HybridHashEncoder(top_k=4, n_buckets=5)
    found = HybridHashEncoder(top_k=4, n_buckets=5)
    for start in range(0, 10, 5):
        part = {name: cells[start : start + 5] * 3 for name, cells in columns.items()}
        expected.partial_fit(array(part))
        found.partial_fit(container(part))
    assert heads(found) == heads(expected)
    assert counts_of(found) == counts_of(expected)


@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_threads_do_not_show(n_jobs, monkeypatch):
    monkeypatch.setattr(_blocks, "worth_starting", lambda n_threads, n_rows: n_threads)
    expected, found = (
        HybridHashEncoder(max_features=60, decay=0.5, max_tracked=60, n_jobs=n) for n in (None, n_jobs)
    )
    generator = np.random.default_rng(0)
    for shift in range(4):
        X = generator.zipf(1.4, (400, 5)) % 50 + 5 * shift
        expected.partial_fit(X)
        found.partial_fit(X)
        assert plain(found.column_changes_.plain()) == plain(expected.column_changes_.plain())
    assert counts_of(found) == counts_of(expected)
    assert len(found.column_changes_) > 0


SCRIPT = """
import hashlib
from hybrid_encoder import HybridHashEncoder
encoder = HybridHashEncoder(max_features=60, max_tracked=80, decay=0.5)
for shift in range(5):
    encoder.partial_fit([[f"user_{i * i % 701 + 50 * shift}", i % 37 + shift] for i in range(500)])
changes = encoder.column_changes_.plain()
found = [encoder.vocabularies_, *changes.values(), *(h.head for h in encoder._histories)]
print(hashlib.sha256(repr([getattr(part, "tolist", lambda: part)() for part in found]).encode())
      .hexdigest(), len(encoder.column_changes_) > 0)
"""


def test_processes_and_hash_seeds_do_not_show():
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(found) == 1
    assert found.pop().endswith("True\n")


# --- Classes ---


def labels_of(kind):
    return {
        "text": ["no", "yes", "perhaps"],
        "integers": [5, 7, -1],
        "floats": [0.0, 1.0, 2.0],
        "bools": [False, True, 2],
    }[kind]


@pytest.mark.parametrize("kind", ["text", "integers", "floats", "bools"])
def test_classes_may_come_later(kind):
    first, second, third = labels_of(kind)
    X, y = [["a"], ["a"], ["b"], ["b"], ["c"]], [first, second, first, first, second]
    more, later = [["a"], ["d"], ["d"], [None]], [third, third, first, third]
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    encoder.partial_fit(X, y).partial_fit(more, later)
    labels = sorted([first, second, third])
    assert encoder._class_labels.tolist() == labels
    cells, targets = [*X, *more], [*y, *later]
    _, _, counts, missing, totals, _, _ = counts_of(encoder)[0]
    assert counts == {
        value.encode(): [
            sum(pair == ([value], label) for pair in zip(cells, targets, strict=True))
            for label in labels
        ]
        for value in "abcd"
    }
    assert missing == [int(label == third) for label in labels]
    assert totals == [targets.count(label) for label in labels]


def test_a_batch_may_hold_some_of_the_classes_only():
    parts = [([["a"], ["b"]], [1, 2]), ([["a"]], [2]), ([["b"]], [1])]
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, importance="gini")
    for X, y in parts:
        encoder.partial_fit(X, y)
    assert counts_of(encoder)[0][2] == {b"a": [1, 1], b"b": [1, 1]}


@pytest.mark.parametrize("importance", ["auto", "gini", lambda counts, totals: counts[:, -1]])
def test_a_target_that_ranks_values_is_needed_in_every_call(importance):
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, importance=importance)
    encoder.partial_fit([["a"], ["b"]], [0, 1])
    before = state(encoder)
    for y, words in [
        (None, "y"),
        ([0.5, 1.5], "y"),
        ([0, np.nan], "y is missing in row 1"),
        (["x", "y"], "labels such as 'x', and in other rows it held 0.*Give all labels one type"),
        ([0, 1, 0], "inconsistent numbers of samples"),
    ]:
        with pytest.raises(ValueError, match=words):
            encoder.partial_fit([["a"], ["b"]], y)
    assert state(encoder) == before


@pytest.mark.parametrize("y", [None, [0, 1], ["x", "y"], [0.5, 1.5]])
@pytest.mark.parametrize("first", [None, [0.5, 1.5]])
def test_a_target_that_ranked_nothing_at_first_is_not_looked_at(first, y):
    encoder = HybridHashEncoder(top_k=1, n_buckets=3).partial_fit([["a"], ["b"]], first)
    encoder.partial_fit([["b"], ["b"]], y)
    assert encoder.importance_ == "frequency"
    assert counts_of(encoder)[0][2] == {b"a": [1], b"b": [3]}


def test_where_the_first_target_has_one_class_others_may_come():
    X = [["a"]] * 20 + [["b"]] * 10 + [["c"]] * 9
    encoder = HybridHashEncoder(top_k=1, n_buckets=3).partial_fit(X, [1] * 39)
    assert (encoder.importance_, heads(encoder)) == ("pooled_info", [["a"]])
    encoder.partial_fit([["c"]] * 20, [1] * 20)
    assert heads(encoder) == [["c"]]  # as long as no value tells anything, weights decide
    encoder.partial_fit([["b"]] * 90, [0] * 90)
    assert heads(encoder) == [["b"]]


@pytest.mark.parametrize("importance", ["auto", "mutual_info"])
def test_more_than_twenty_classes_must_be_asked_for(importance):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance=importance)
    encoder.partial_fit([["a"]] * 40, np.arange(40) % 20)
    if importance == "auto":
        with pytest.warns(UserWarning, match=r"y has had 21 classes by now.*rank by frequency"):
            encoder.partial_fit([["a"]] * 2, [20, 19])
        assert encoder.importance_ == "frequency"
        encoder.partial_fit([["a"]])  # from now on without a target
        assert counts_of(encoder)[0][2] == {b"a": [43]}
    else:
        encoder.partial_fit([["a"]] * 2, [20, 19])
        assert len(encoder._class_labels) == 21


def test_a_batch_may_weigh_nothing():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2).partial_fit([["a"], ["b"]])
    encoder.partial_fit([["b"]], sample_weight=[0.0])
    assert counts_of(encoder)[0][2] == {b"a": [1], b"b": [1]}


def test_what_top_k_reserves_comes_out_of_the_budget():
    X = pd.DataFrame({"a": ["x", "y"] * 50, "b": [f"v{i}" for i in range(100)]})
    encoder = HybridHashEncoder(top_k={"a": 60}, max_features=80)
    assert [len(values) for values in encoder.fit(X).vocabularies_] == [2, 74]
    assert [len(values) for values in fresh(encoder).partial_fit(X).vocabularies_] == [2, 16]
    with pytest.raises(
        ValueError, match=r"partial_fit reserves all of top_k for values to come.*need 204"
    ):
        HybridHashEncoder(top_k=100, max_features=150).partial_fit(X)


def test_slots_that_wait_cost_nothing():
    encoder = HybridHashEncoder(top_k=3 * 10**8, n_buckets=2).partial_fit([["a"], ["b"]])
    tracemalloc.start()
    encoder.partial_fit([["a"], ["c"]])
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()


@pytest.mark.parametrize("kind", [int, str])
def test_after_fit_no_part_of_the_tail_is_held(kind):
    X, y = np.array([kind(i) for i in range(50_000)], dtype=object)[:, None], np.arange(50_000) % 20
    tracemalloc.start()
    encoder = HybridHashEncoder(top_k=5, n_buckets=10).fit(X, y)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(encoder.vocabularies_[0]) == 5
    assert held < 10**6


# --- Copies and files ---


def through_joblib(encoder):
    file = io.BytesIO()
    joblib.dump(encoder, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(encoder):
    skops = pytest.importorskip("skops.io")
    trusted = ["hybrid_encoder._encoder.HybridHashEncoder"]
    return skops.loads(skops.dumps(encoder), trusted=trusted)


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda encoder: pickle.loads(pickle.dumps(encoder)),
        through_joblib,
        through_skops,
    ],
    ids=["copy", "deepcopy", "pickle", "joblib", "skops"],
)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_tracked": 5, "decay": 0.5},
        {"decay": 0.3, "importance": "gini"},
        {"top_k": "auto", "n_buckets": "auto", "max_features": 40, "tail_indicator": True},
    ],
    ids=str,
)
def test_a_copy_goes_on_as_if_it_were_none(duplicate, parameters):
    parts = []
    for shift in range(4):
        rows = range(30 + shift)
        parts.append(
            array(
                {
                    "text": [f"v{i * i % 11 + 3 * shift}" for i in rows],
                    "numbers": [[7, 0.5, None, 2**60, -1, 2**63][(i + shift) % 6] for i in rows],
                    "lists": [[f"{i % 5}", f"{i % 3 + shift}"][: i % 3] for i in rows],
                }
            )
        )
    encoder = HybridHashEncoder(**{"top_k": 3, "n_buckets": 4} | parameters)
    labels = [[int(row[0][1:]) % 2 for row in X] for X in parts]
    encoder.partial_fit(parts[0], labels[0])
    n_changes = 0
    for X, y in zip(parts[1:], labels[1:], strict=True):
        other = duplicate(encoder)
        before = state(other)
        encoder.partial_fit(X, y)
        # What one learns the other does not know.
        assert state(other) == before
        other.partial_fit(X, y)
        assert state(other) == state(encoder)
        assert same(other.transform(X), encoder.transform(X))
        n_changes += len(encoder.column_changes_)
    assert n_changes > 0


PLAIN = (str, int, float, bool, type(None), np.ndarray, type)


def all_parts(value):
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from all_parts(part)


@pytest.mark.parametrize("max_tracked", [None, 4])
def test_a_pickle_holds_plain_values_only(max_tracked):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, max_tracked=max_tracked)
    encoder.partial_fit(array(COLUMNS), [0, 1] * 150).partial_fit(array(COLUMNS)[:3], [0, 1, 2])
    for part in all_parts(encoder.__getstate__()):
        assert isinstance(part, (*PLAIN, list, dict)), part
        if isinstance(part, np.ndarray) and part.dtype == object:
            assert {type(value) for value in part.tolist()} <= {str, int, float, type(None)}


def test_a_bounded_pickle_stays_small():
    encoder = HybridHashEncoder(top_k=50, n_buckets=20, max_tracked=200)
    for start in range(0, 50_000, 10_000):
        encoder.partial_fit([[f"value {i}"] for i in range(start, start + 10_000)])
    assert len(pickle.dumps(encoder)) < 20_000


# --- Failed calls ---


def bad_scores(counts, totals):
    return np.ones(len(counts)) if totals.sum() < 5 else np.full(len(counts), np.nan)


FAULTS = {
    "mixed": ({}, [["a", 1], [2, 1]], None, {}, TypeError, "Column 0, row 1"),
    "mixed-in-the-last-column": ({}, [["a", 1], ["a", "b"]], None, {}, TypeError, "Column 1, row 1"),
    "other-kind": ({}, [["a", "b"]], None, {}, TypeError, "Column 1, row 0: 'b' is a text"),
    "lists": ({}, array({"a": [["a"]], "b": [1]}), None, {}, TypeError, "Column 0.*single values"),
    "columns": ({}, [["a", 1, 2]], None, {}, ValueError, "3 features"),
    "no-rows": ({}, np.empty((0, 2), dtype=object), None, {}, ValueError, r"0 sample\(s\)"),
    "long-y": ({"importance": "gini"}, [["a", 1]], [0, 1], {}, ValueError, "inconsistent"),
    "y-missing": ({"importance": "gini"}, [["a", 1]], [None], {}, ValueError, "y is missing"),
    "no-y": ({"importance": "gini"}, [["a", 1]], None, {}, ValueError, "requires y"),
    "missing": ({"handle_missing": "error"}, [["a", None]], None, {}, ValueError, "Column 1, row 0"),
    "negative-weights": ({}, [["a", 1]], None, {"sample_weight": [-1]}, ValueError, "[Nn]egative"),
    "weights": ({}, [["a", 1]], None, {"sample_weight": [1, 2]}, ValueError, "sample_weight"),
    "scores": ({"importance": bad_scores}, [["a", 1]] * 9, None, {}, ValueError, "one finite score"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_call_leaves_everything_as_it_was(fault):
    parameters, X, y, others, error, words = FAULTS[fault]
    encoder = HybridHashEncoder(**{"top_k": 2, "n_buckets": 3} | parameters)
    for first in ([["a", 1], ["b", 2]], [["c", 3], ["c", 3]]):
        encoder.partial_fit(first, [0, 1] if y is not None or "gini" in parameters.values() else None)
    before, saved = state(encoder), pickle.dumps(encoder)
    names = set(vars(encoder))
    with pytest.raises(error, match=words):
        encoder.partial_fit(X, y, **others)
    assert state(encoder) == before
    assert pickle.dumps(encoder) == saved
    assert set(vars(encoder)) == names
    more = [["a", 1], ["d", 4]]
    assert same(encoder.transform(more), pickle.loads(saved).transform(more))


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault not in ("other-kind", "columns", "lists")]
)
def test_a_failed_first_call_leaves_the_encoder_unfitted(fault):
    parameters, X, y, others, error, words = FAULTS[fault]
    encoder = HybridHashEncoder(**{"top_k": 2, "n_buckets": 3} | parameters)
    names = set(vars(encoder))
    with pytest.raises(error, match=words):
        encoder.partial_fit(X, y, **others)
    assert set(vars(encoder)) == names
    with pytest.raises(NotFittedError):
        encoder.transform([["a", 1]])
    encoder.set_params(importance="frequency", handle_missing="value").partial_fit([["a"]])
    assert encoder.n_features_in_ == 1


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"decay": 0}, "'decay' parameter"),
        ({"decay": 1.5}, "'decay' parameter"),
        ({"decay": np.nan}, "'decay' parameter"),
        ({"max_tracked": 0}, "'max_tracked' parameter"),
        ({"min_frequency": 0}, "'min_frequency' parameter"),
        ({"max_tracked": 2}, "Column 0 .*3 slots, and max_tracked=2"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_parameters_that_are_set_wrongly_later(later, words, method):
    X = [["a"], ["b"], ["c"]]
    encoder = getattr(HybridHashEncoder(top_k=3, n_buckets=3), method)(X)
    encoder.set_params(**later)
    before = state(encoder)
    with pytest.raises(ValueError, match=words):
        encoder.partial_fit(X)
    assert state(encoder) == before


@pytest.mark.parametrize("decay", [0, -1, 1.5, np.inf, "half", None])
def test_decay_is_checked_at_first(decay):
    with pytest.raises(ValueError, match="'decay' parameter"):
        HybridHashEncoder(decay=decay).partial_fit([["a"]])


def test_scores_that_are_none_say_of_which_column():
    encoder = HybridHashEncoder(top_k=2, n_buckets=2, importance=bad_scores)
    encoder.partial_fit(pd.DataFrame({"city": ["a", "b"]}))
    with pytest.raises(ValueError, match="Column 'city': importance must give one finite score"):
        encoder.partial_fit(pd.DataFrame({"city": ["a"] * 9}))


# --- scikit-learn ---


def test_names_of_columns_are_held_against_those_of_the_first_call():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    encoder.partial_fit(pd.DataFrame({"a": ["x"], "b": [1]}))
    with pytest.raises(ValueError, match="must be in the same order"):
        encoder.partial_fit(pd.DataFrame({"b": [1], "a": ["x"]}))
    with pytest.raises(ValueError, match="Feature names unseen at fit time"):
        encoder.partial_fit(pd.DataFrame({"a": ["x"], "c": [1]}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        encoder.partial_fit([["x", 1]])
    assert encoder.feature_names_in_.tolist() == ["a", "b"]


def test_weights_can_be_routed():
    with config_context(enable_metadata_routing=True):
        encoder = HybridHashEncoder().set_partial_fit_request(sample_weight=True)
        requests = get_routing_for_object(encoder).partial_fit.requests
        assert requests == {"sample_weight": True}


def test_in_a_pipeline_that_is_not_fitted_again():
    X, y = [["a"], ["b"], ["b"], ["c"]] * 5, [0, 1, 1, 0] * 5
    encoder = HybridHashEncoder(top_k=2, n_buckets=4).partial_fit(X, y)
    pipeline = make_pipeline(FrozenEstimator(encoder), SGDClassifier(random_state=0)).fit(X, y)
    assert pipeline.score(X, y) == 1
    encoder.partial_fit([["d"]] * 2, [0, 0])
    assert pipeline.predict(X).shape == (20,)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_come_out_with_the_names_of_now(library):
    pytest.importorskip(library)
    encoder = HybridHashEncoder(top_k=2, n_buckets=2, sparse_output=False)
    encoder.set_output(transform=library).partial_fit([["a"]])
    assert list(encoder.transform([["a"]]).columns) == ["x0_a", "x0#free1", "x0#0", "x0#1"]
    encoder.partial_fit([["b"]])
    assert list(encoder.transform([["a"]]).columns) == ["x0_a", "x0_b", "x0#0", "x0#1"]


def test_chained_as_in_scikit_learn():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    assert encoder.partial_fit([["a"]]) is encoder


def test_a_free_slot_stands_for_no_value():
    encoder = HybridHashEncoder(top_k=3, n_buckets=2).partial_fit([["a"]])
    encoded = np.zeros((1, 5))
    encoded[0, 2] = 1
    assert encoder.inverse_transform(encoded).tolist() == [[None]]


@pytest.mark.parametrize("n_rows", [1, 20, 600])
def test_few_and_many_rows_are_encoded_alike(n_rows):
    encoder = HybridHashEncoder(top_k=6, n_buckets=3)
    encoder.partial_fit([["a"], ["b"]]).partial_fit([["c"], [None]])
    X = [["a"], ["c"], [None], ["z"], ["b"]] * n_rows
    encoded = encoder.transform(X)
    assert (encoded[:5] != encoder.transform(X[:5])).nnz == 0
    assert encoder.encode_indices(X[:3])[:, 0, 0].tolist() == [0, 2, 3]
    assert encoder.inverse_transform(encoded)[:5, 0].tolist() == ["a", "c", None, None, "b"]


def test_an_encoder_that_learns_is_shown():
    encoder = HybridHashEncoder(top_k=2, n_buckets=2).partial_fit([["a"]]).partial_fit([["b"]])
    assert "HybridHashEncoder" in estimator_html_repr(encoder)
    assert repr(encoder) == "HybridHashEncoder(n_buckets=2, top_k=2)"
