import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input.tables import open_table
from hybrid_encoder._partial_fit.update import add_batch, slots_of
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects
from tests.fit.builders import counted, listed
from tests.partial_fit.builders import state, weights_of

X, Y = [["a", 1], ["a", 2], ["b", None]], [0, 1, 1]


def fitted(**parameters):
    parameters = {"top_k": 2, "n_buckets": 3} | parameters
    return HybridHashEncoder(**parameters).partial_fit(X, Y)._fitted


def add(before, rows, y=None, sample_weight=None, **current):
    settings = before.settings.with_current(
        **({"min_frequency": 1, "max_tracked": None, "decay": 1} | current)
    )
    return add_batch(before, open_table(rows), y, sample_weight, settings, None)


def encoder_of(fitted_state):
    encoder = HybridHashEncoder()
    encoder._set_fitted(fitted_state)
    return encoder


def test_the_state_before_is_not_changed():
    before = fitted()
    saved = state(encoder_of(before))
    after, changes = add(before, [["z", 9]] * 99, [1] * 99)
    assert len(changes) == 2
    assert state(encoder_of(before)) == saved
    assert state(encoder_of(after)) != saved


def test_columns_without_changes_keep_their_vocabulary():
    before = fitted()
    after, changes = add(before, [["a", 9]] * 99, [1] * 99)
    assert changes.input_columns.tolist() == ["x1"]
    one, other = (column.vocabulary for column in before.columns)
    assert after.columns[0].vocabulary is one
    assert after.columns[1].vocabulary is not other


@pytest.mark.parametrize("top_k", [0, 1, 2])
@pytest.mark.parametrize(("value", "kind"), [("a", "text"), (7, "number"), (None, None)])
def test_a_column_of_missing_values_takes_the_kind_of_the_batch(value, kind, top_k):
    before = HybridHashEncoder(top_k=top_k, n_buckets=3).partial_fit([[None]] * 9)._fitted
    (column,) = add(before, [[value]])[0].columns
    assert column.kind == column.vocabulary.kind == kind


@pytest.mark.parametrize(
    ("importance", "y", "labels", "counts"),
    [
        ("frequency", None, None, {"a": [2], "b": [1], "c": [2]}),
        ("frequency", [0, 1], None, {"a": [2], "b": [1], "c": [2]}),
        ("gini", [1, 0], [0, 1], {"a": [1, 1], "b": [0, 1], "c": [1, 1]}),
        ("gini", [1, 1], [0, 1], {"a": [1, 1], "b": [0, 1], "c": [0, 2]}),
        ("gini", [-1, 1], [-1, 0, 1], {"a": [0, 1, 1], "b": [0, 0, 1], "c": [1, 0, 1]}),
        ("gini", [0.0, 2.0], [0, 1, 2], {"a": [1, 1, 0], "b": [0, 1, 0], "c": [1, 0, 1]}),
    ],
)
def test_counts_have_the_classes_of_all_batches(importance, y, labels, counts):
    after, _ = add(fitted(importance=importance), [["c", 1], ["c", 1]], y)
    assert (None if after.class_labels is None else after.class_labels.tolist()) == labels
    assert weights_of(encoder_of(after)) == counts


@pytest.mark.parametrize(
    ("current", "weights"),
    [
        ({}, {"a": [2], "b": [1], "c": [4]}),
        ({"decay": 0.5}, {"a": [1], "b": [0.5], "c": [4]}),
        ({"max_tracked": 2}, {"a": [1], "c": [3]}),
    ],
    ids=str,
)
def test_the_current_parameters_are_used_and_kept(current, weights):
    before = fitted(importance="frequency")
    after, _ = add(before, [["c", 1]], None, [4], **current)
    assert weights_of(encoder_of(after)) == weights
    assert after.settings.decay == current.get("decay", 1)
    assert after.settings.max_tracked == current.get("max_tracked")


def test_an_encoder_saved_without_counts_raises():
    document = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(X, Y).to_dict()
    loaded = HybridHashEncoder.from_dict(document)
    with pytest.raises(
        ValueError, match=r"saved without the counts.*Fit it again.*to_dict\(counts=True\)"
    ):
        loaded.partial_fit(X, Y)


@pytest.mark.parametrize(
    ("values", "head", "kind"),
    [
        (["a", "b", "c", None], [], "text"),
        (["a", "b", "c", None], ["b", "z", "a"], "text"),
        (["a", "b", "c", None], [None, "b"], "text"),
        ([3, 0.5], [7, 0.5, None], "number"),
        ([None, None], [None], None),
        ([None, None], ["a"], "text"),
    ],
)
def test_slots_of_counted_values(values, head, kind, without_arrow):
    counts = counted(values)
    found = slots_of(counts, Vocabulary(objects(head), kind)).tolist()
    assert found == [head.index(v) if v in head else -1 for v in [*listed(counts), None]]
