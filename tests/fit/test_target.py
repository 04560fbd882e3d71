import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from hybrid_encoder._fit.target import read_classes, read_more_classes

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
    ],
)
def test_no_classes_where_the_measure_looks_at_none(importance, y):
    assert read_classes(y, importance, X) is None


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (
            None,
            "requires y to be passed, but the target y is None: importance='fisher' ranks.*frequency",
        ),
        ([0, 1, None, 1], "y is missing in row 2, and importance='fisher'.*Leave out such rows, or set"),
        ([0, 1, np.nan, 1], "y is missing in row 2"),
        (
            [0.5, 1.5, 2.25, 0],
            r"y holds continuous values such as 0.5. Set importance='frequency'.*qcut",
        ),
        (np.array([0, "a", 1, 0], dtype=object), "unknown values such as 0. Give all labels one type"),
        ([0, 1, 0], "inconsistent numbers of samples"),
        ([[0, 1]] * 4, "y should be a 1d array"),
    ],
)
def test_a_target_without_classes_is_refused(y, words):
    with pytest.raises(ValueError, match=words):
        read_classes(y, "fisher", X)


@pytest.mark.parametrize(("n_classes", "is_read"), [(2, True), (20, True), (21, False)])
def test_so_many_classes_are_taken_without_being_asked_for(n_classes, is_read):
    y = np.arange(n_classes)
    assert (read_classes(y, "auto", y[:, None]) is not None) == is_read
    assert read_classes(y, "mutual_info", y[:, None]).n_classes == n_classes


def test_a_target_of_another_length_is_refused_where_nobody_asked_for_it():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        read_classes([0, 1], "auto", X)


def test_a_target_of_many_labels_has_no_classes():
    labels = csr_array(np.eye(4))
    assert read_classes(labels, "auto", X) is None
    with pytest.raises(TypeError, match="Sparse data was passed"):
        read_classes(labels, "gini", X)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0, 1, None, 1], "y is missing in row 2, and importance='auto'"),
        (np.array([0, "a", 1, 0], dtype=object), "Give all labels one type.*importance='frequency'"),
    ],
)
def test_faulty_labels_are_refused_where_nobody_asked_for_them(y, words):
    with pytest.raises(ValueError, match=words):
        read_classes(y, "auto", X)


@pytest.mark.parametrize(
    ("known", "y", "labels", "codes", "where"),
    [
        ([0, 1], [1, 0, 1, 1], [0, 1], [1, 0, 1, 1], [0, 1]),
        ([0, 2], [1, 2, 1, 1], [0, 1, 2], [1, 2, 1, 1], [0, 2]),
        ([5], [7, 3, 7, 3], [3, 5, 7], [2, 0, 2, 0], [1]),
        (["b"], ["c", "a", "c", "a"], ["a", "b", "c"], [2, 0, 2, 0], [1]),
        ([0.0, 1.0], [1, 2, 1, 1], [0, 1, 2], [1, 2, 1, 1], [0, 1]),
        ([False, True], [True, True, False, True], [False, True], [1, 1, 0, 1], [0, 1]),
        ([False, True], [0, 1, 2, 1], [0, 1, 2], [0, 1, 2, 1], [0, 1]),
        ([1, 2], [2, 2, 2, 2], [1, 2], [1, 1, 1, 1], [0, 1]),
    ],
)
def test_classes_of_a_further_batch_join_those_known(known, y, labels, codes, where):
    classes, places = read_more_classes(y, "gini", np.array(known), X)
    assert classes.labels.tolist() == labels
    assert (classes.codes.tolist(), places.tolist()) == (codes, where)


@pytest.mark.parametrize("make", [np.array, pd.Series, lambda y: pd.Series(y, dtype="string")])
def test_labels_of_any_container_are_the_same(make):
    known = read_classes(["no", "yes", "no", "no"], "gini", X).labels
    classes, _ = read_more_classes(make(["yes", "so", "no", "so"]), "gini", known, X)
    assert classes.labels.tolist() == ["no", "so", "yes"]
    assert classes.codes.tolist() == [2, 1, 0, 1]


@pytest.mark.parametrize("y", [None, [0, 1, 0, 1], [0.5, 1.5, 2, 3], [0, 1]])
def test_no_classes_later_where_there_were_none_at_first(y):
    classes, where = read_more_classes(y, "frequency", None, X)
    assert classes is None
    assert len(where) == 0


@pytest.mark.parametrize(
    ("known", "importance", "y", "words"),
    [
        ([0, 1], max, None, "the target y is None. Pass such a y in every call, or fit again"),
        ([0, 1], max, [0.5, 1.5, 2, 3], "y is not of classes now. Pass such a y"),
        ([0, 1], "gini", None, "requires y to be passed"),
        ([0, 1], "gini", ["x", "y", "x", "y"], "labels such as 'x', and in other rows it held 0"),
        (["x"], "gini", [0, 1, 0, 1], "labels such as 0, and in other rows it held 'x'"),
        ([0, 1], "gini", [0, 1, None, 1], "y is missing in row 2"),
    ],
)
def test_a_further_batch_that_is_refused(known, importance, y, words):
    with pytest.raises(ValueError, match=words):
        read_more_classes(y, importance, np.array(known), X)
