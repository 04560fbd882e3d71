import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from hybrid_encoder._fit import target as _target
from hybrid_encoder._fit.target import (
    MOST_BY_DEFAULT,
    check_weights,
    join_labels,
    most_classes,
    read_batch_classes,
    read_classes,
    read_labels,
)

X = [["a"]] * 4


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, 2, 1],
        ["no", "so", "yes", "so"],
        np.array([-1.0, 0.0, 3.0, 0.0]),
        pd.Series(["no", "so", "yes", "so"], dtype="category"),
        pd.Series(["no", "so", "yes", "so"], dtype="string"),
        pd.Series([1, 2, 3, 2], dtype="Int64"),
        np.array([1, 2, 3, 2], dtype=object),
    ],
    ids=["list", "text", "floats", "categorical", "string", "nullable", "objects"],
)
def test_classes_are_numbered_in_their_order(y):
    classes = read_classes(y, "mutual_info", X)
    assert (classes.codes.tolist(), classes.n_classes) == ([0, 1, 2, 1], 3)


def test_labels_of_text_are_objects():
    # The dtype of a text array would depend on the longest label.
    assert read_classes(np.array(["no", "so", "yes", "so"]), "gini", X).labels.dtype == object


def test_polars():
    pl = pytest.importorskip("polars")
    assert read_classes(pl.Series(["b", "a", "b", "b"]), "gini", X).codes.tolist() == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("importance", "y"),
    [
        ("frequency", None),
        ("entropy", [0, 1, 0, 1]),
        (len, None),
        (len, [0.5, 0.1, 2.5, 0]),
        (len, [[0, 1]] * 4),
        ("auto", None),
        ("auto", [0.5, 0.1, 2.5, 0]),
        ("auto", [0.5, 0.1, None, 0]),
        ("auto", [1e300, -0.0, np.nan, 0.5]),
        ("auto", [[0, 1]] * 4),
        ("auto", csr_array(np.eye(4))),
    ],
)
def test_no_classes_if_the_measure_does_not_use_the_target(importance, y):
    assert read_classes(y, importance, X) is None


MIXED = np.array([0, "a", 1, 0], dtype=object)


@pytest.mark.parametrize(
    ("importance", "y", "words"),
    [
        (
            "fisher",
            None,
            "requires y to be passed, but the target y is None: importance='fisher' ranks.*frequency",
        ),
        (
            "fisher",
            [0, 1, None, 1],
            "y is missing in row 2, and importance='fisher'.*Remove these rows,",
        ),
        ("fisher", [0, 1, np.nan, 1], "y is missing in row 2"),
        (
            "auto",
            [0, 1, None, 1],
            "y is missing in row 2, and importance='auto'.*importance='frequency'",
        ),
        (max, [0, 1, None, 1], "y is missing in row 2, and importance='max'"),
        (
            "fisher",
            [0.5, 1.5, 2.25, 0],
            r"y holds continuous values: 0\.5\. Set importance='frequency'.*qcut",
        ),
        ("fisher", MIXED, "y holds unknown values: 0. Give all labels one type"),
        ("auto", MIXED, "Give all labels one type.*importance='frequency'"),
        ("fisher", [0, 1, 0], "inconsistent numbers of samples"),
        ("auto", [0, 1], "inconsistent numbers of samples"),
        ("fisher", [[0, 1]] * 4, "y should be a 1d array"),
    ],
)
def test_a_target_without_classes_raises(importance, y, words):
    with pytest.raises(ValueError, match=words):
        read_classes(y, importance, X)


def test_a_sparse_target_raises():
    with pytest.raises(TypeError, match="Sparse data was passed"):
        read_classes(csr_array(np.eye(4)), "gini", X)


@pytest.mark.parametrize(("n_classes", "are_used"), [(2, True), (20, True), (21, False)])
def test_auto_uses_up_to_twenty_classes(n_classes, are_used):
    y = np.arange(n_classes)
    assert (read_classes(y, "auto", y[:, None]) is not None) == are_used
    assert read_classes(y, "mutual_info", y[:, None]).n_classes == n_classes
    assert MOST_BY_DEFAULT == most_classes("auto") == 20
    assert most_classes("gini") is most_classes(max) is None


@pytest.mark.parametrize(
    ("labels", "importance", "expected"),
    [
        (["yes", "no"], "auto", ["no", "yes"]),
        ([2, 0], "gini", [0, 2]),
        (range(21), "auto", None),
        (range(21), "gini", [*range(21)]),
        ([0.5, 1.5], "auto", None),
    ],
)
def test_labels_alone(labels, importance, expected):
    found = read_labels(np.array(labels), importance)
    assert (None if found is None else found.tolist()) == expected


# --- Further batches ---


@pytest.mark.parametrize(
    ("known", "y", "labels", "codes"),
    [
        ([0, 1], [1, 0, 1, 1], [0, 1], [1, 0, 1, 1]),
        ([0, 2], [1, 2, 1, 1], [1, 2], [0, 1, 0, 0]),
        ([5], [7, 3, 7, 3], [3, 7], [1, 0, 1, 0]),
        (["b"], ["c", "a", "c", "a"], ["a", "c"], [1, 0, 1, 0]),
        ([1, 2], [2, 2, 2, 2], [2], [0, 0, 0, 0]),
    ],
)
def test_a_batch_has_its_own_classes(known, y, labels, codes):
    classes = read_batch_classes(y, "gini", np.array(known), None, X)
    assert (classes.labels.tolist(), classes.codes.tolist()) == (labels, codes)


@pytest.mark.parametrize("y", [None, [0, 1, 0, 1], [0.5, 1.5, 2, 3], [0, 1]])
def test_a_batch_has_no_classes_if_earlier_ones_had_none(y):
    assert read_batch_classes(y, "frequency", None, None, X) is None


@pytest.mark.parametrize(("most", "are_used"), [(None, True), (4, True), (3, False)])
def test_with_too_many_classes_the_target_is_no_longer_used(most, are_used):
    known, y = np.array(["v", "w", "x"], dtype=object), ["x", "y", "y", "x"]
    if are_used:
        assert read_batch_classes(y, "pooled_info", known, most, X).labels.tolist() == ["x", "y"]
        return
    with pytest.warns(UserWarning, match=r"y has had 4 classes so far.*uses up to 3.*by frequency"):
        assert read_batch_classes(y, "pooled_info", known, most, X) is None


@pytest.mark.parametrize(
    ("known", "importance", "y", "words"),
    [
        ([0, 1], max, None, "the target y is None. Pass y with classes in every call, or fit again"),
        ([0, 1], max, [0.5, 1.5, 2, 3], "y has no classes now. Pass y with classes"),
        ([0, 1], "gini", None, "requires y to be passed"),
        ([0, 1], "gini", ["x", "y", "x", "y"], "the label 'x', and in other rows 0:.*Give all labels"),
        (["x"], "gini", [0, 1, 0, 1], "the label 0, and in other rows 'x'"),
        ([0, 1], "gini", [0, 1, None, 1], "y is missing in row 2"),
    ],
)
def test_a_batch_without_the_classes_of_earlier_ones_raises(known, importance, y, words):
    with pytest.raises(ValueError, match=words):
        read_batch_classes(y, importance, np.array(known), None, X)


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        ([[0, 1], [1]], [0, 1]),
        ([[0, 2], [1, 2]], [0, 1, 2]),
        ([["b"], ["a", "c"]], ["a", "b", "c"]),
        ([[0.0, 1.0], [1, 2]], [0, 1, 2]),
        ([[False, True], [True]], [False, True]),
        ([[False, True], [0, 1, 2]], [0, 1, 2]),
    ],
)
def test_labels_of_parts_are_joined(parts, joined):
    assert join_labels([np.array(part) for part in parts]).tolist() == joined


@pytest.mark.parametrize("make", [np.array, pd.Series, lambda y: pd.Series(y, dtype="string")])
def test_labels_do_not_depend_on_the_container(make):
    parts = [read_classes(y, "gini", X).labels for y in (["no", "yes"] * 2, make(["so", "no"] * 2))]
    assert join_labels(parts).tolist() == ["no", "so", "yes"]


# --- Sample weights ---

ROWS = [["a"], ["b"]]
RAISES_FOR_ZEROS = pytest.mark.skipif(
    not _target._ACCEPTS_ZEROS, reason="older scikit-learn accepts zeros"
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [([1, 2], [1.0, 2.0]), (np.array([0, 0.5], dtype=np.float32), [0.0, 0.5]), (3, [3.0, 3.0])],
    ids=str,
)
def test_weights_are_an_array_of_floats(given, expected):
    found = check_weights(given, ROWS)
    assert found.dtype == np.float64
    assert found.tolist() == expected


def test_without_weights():
    assert check_weights(None, ROWS) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1], "shape"),
        ([1, -1], "[Nn]egative"),
        ([1, np.nan], "NaN"),
        ([1, np.inf], "infinity"),
        ([1e99, 1e100], r"adds up to 1\.1e\+100, more than 1e\+100. Scale it down"),
        ([1e308, 1e308], "adds up to inf, more than"),
        pytest.param([0, 0], "at least one non-zero", marks=RAISES_FOR_ZEROS),
    ],
    ids=str,
)
def test_invalid_weights_raise(given, words):
    with pytest.raises(ValueError, match=words):
        check_weights(given, ROWS)


def test_all_weights_of_a_batch_may_be_0():
    assert check_weights([0, 0], ROWS, may_be_zero=True).tolist() == [0, 0]
