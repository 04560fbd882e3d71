import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._transform.layout import Layout, feature_names
from tests.transform.builders import layout


def names(columns, vocabularies, n_buckets, indicator=False, combiner=None):
    values = [np.array(values, dtype=object) for values in vocabularies]
    shape = layout([len(v) for v in values], n_buckets, indicator)
    found = feature_names(shape, columns, values, combiner)
    assert found.dtype == object
    return found.tolist()


def test_widths_and_starts():
    shape = layout([2, 0], [3, 1], indicator=True)
    assert shape.widths.tolist() == [6, 2]
    assert shape.starts.tolist() == [0, 6, 8]
    assert shape.n_features_out == 8


@pytest.mark.parametrize(
    ("columns", "vocabularies", "n_buckets", "indicator", "expected"),
    [
        (["country"], [["US"]], [2], True, ["country_US", "country#0", "country#1", "country#tail"]),
        (["n"], [[3, 0.5]], [0], False, ["n_3", "n_0.5"]),
        (["c"], [[None, "<missing>"]], [0], False, ["c_<missing>", "c_<missing>__2"]),
        (["a", "a_b"], [["b_c"], ["c"]], [0, 0], False, ["a_b_c", "a_b_c__2"]),
        (["a", "a_x"], [["x#0"], []], [0, 1], False, ["a_x#0", "a_x#0__2"]),
        (["a", "a", "a"], [["x"]] * 3, [0] * 3, False, ["a_x", "a_x__2", "a_x__3"]),
        (["a", "a"], [["x", "x__2"], ["x"]], [0, 0], False, ["a_x", "a_x__2", "a_x__3"]),
        (["a", "a"], [["x"], ["x", "x__2"]], [0, 0], False, ["a_x", "a_x__3", "a_x__2"]),
    ],
)
def test_names(columns, vocabularies, n_buckets, indicator, expected):
    assert names(columns, vocabularies, n_buckets, indicator) == expected


def test_a_combiner_names_the_slots_only():
    found = names(["c"], [["a", None]], [1], True, lambda column, value: f"{value}@{column}")
    assert found == ["a@c", "None@c", "c#0", "c#tail"]


def test_a_combiner_names_the_slots_of_every_column():
    found = names(["c", "d"], [["a"], ["b"]], [1, 1], combiner=lambda column, value: f"{value}@{column}")
    assert found == ["a@c", "c#0", "b@d", "d#0"]


def test_a_combiner_must_return_text():
    message = "feature_name_combiner must return a string; it returned 5, a int."
    with pytest.raises(TypeError, match=f"^{message}$"):
        names(["c"], [["a"]], [1], combiner=lambda column, value: 5)


def test_the_name_of_a_number_does_not_depend_on_the_dtype():
    assert feature_names(layout([2], [0]), ["n"], [np.array([3.0, 0.5])]).tolist() == ["n_3", "n_0.5"]


@pytest.mark.parametrize(
    ("shape", "columns"),
    [(layout([1], [0]), ["a", "b"]), (layout([1, 1], [0, 0]), ["a"])],
    ids=["layout", "names"],
)
def test_arguments_for_different_numbers_of_columns_raise(shape, columns):
    with pytest.raises(ValueError, match="argument"):
        feature_names(shape, columns, [np.array(["x"], dtype=object)] * 2)


def test_many_equal_names():
    values = [np.arange(50_000)]
    found = feature_names(layout([50_000], [0]), ["c"], values, lambda column, value: "x")
    assert found[-1] == "x__50000"


@pytest.mark.parametrize(
    ("X", "given", "expected"),
    [
        ([["a"]], None, ["x0_a", "x0#0"]),
        ([["a"]], ["country"], ["country_a", "country#0"]),
    ],
)
def test_input_names(X, given, expected):
    encoder = HybridHashEncoder(n_buckets=1).fit(X)
    assert encoder.get_feature_names_out(given).tolist() == expected


def test_names_of_free_slots():
    values = [np.array(["US"], dtype=object), np.array([], dtype=object), np.array(["#free1"], object)]
    shape = layout([3, 1, 1], [1, 0, 0], indicator=True)
    assert feature_names(shape, ["a", "b", "a"], values).tolist() == [
        *("a_US", "a#free1", "a#free2", "a#0", "a#tail"),
        *("b#free0", "b#tail"),
        *("a_#free1", "a#tail__2"),
    ]


def test_a_combiner_does_not_name_free_slots():
    values = [np.array(["x"], dtype=object)]
    found = feature_names(layout([3], [0]), ["c"], values, lambda column, value: f"{column}#free1")
    assert found.tolist() == ["c#free1", "c#free1__2", "c#free2"]


def test_sizes_are_read_only():
    found = Layout(np.array([2]), np.array([3]), indicator=False)
    for sizes in (found.n_slots, found.n_buckets):
        with pytest.raises(ValueError, match="read-only"):
            sizes[0] = 7
