import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.importance import MEASURES, SUPERVISED
from hybrid_encoder._input import parallel as _parallel
from hybrid_encoder._transform import csr as _csr
from hybrid_encoder._transform import encode as _encode
from tests import reference
from tests.conftest import array

COLUMNS = {
    "country": ["US", "FR", "US", None, "NZ", "naïve café", "US", "FR", "", "日本語"] * 30,
    "code": [3, 1, 3, -7, None, 2**40, 3, 1, 0, 5] * 30,
    "share": [0.5, 1.0, 0.5, None, 2.0, 0.25, 0.5, 1.0, -1.5, 0.1] * 30,
    "flag": [True, False, True, True, False, True, True, False, True, True] * 30,
}
LISTS = {
    "tags": [["a", "b"], ["a", "a"], [], None, ["z", None], ["b"], ["c", "d"], [], ["a"], ["e"]] * 30,
    "sizes": [[1, 2], [], [7], [1, 1], None, [3], [1], [], [2, 9], [4]] * 30,
}
SETTINGS = [
    {},
    {"n_hashes": 1},
    {"tail_indicator": True, "tail_weight": 0.25},
    {"handle_missing": "ignore"},
    {"seed": 2**32 - 1},
]


def name_of(setting):
    return "-".join(map(str, setting.values())) or "default"


@pytest.mark.parametrize("n_rows", [1, 10, 90])
@pytest.mark.parametrize("setting", SETTINGS, ids=name_of)
@pytest.mark.parametrize("columns", [COLUMNS, LISTS], ids=["single", "lists"])
def test_transform_agrees_with_the_reference(container, columns, setting, n_rows):
    handle_missing = setting.get("handle_missing", "value")
    heads = [reference.head(cells, 3, handle_missing) for cells in columns.values()]
    encoder = HybridHashEncoder(top_k=3, n_buckets=5, **setting).fit(container(columns))
    assert [values.tolist() for values in encoder.vocabularies_] == heads
    rows = {name: cells[:n_rows] for name, cells in columns.items()}
    expected = reference.encode(list(rows.values()), heads, [5] * len(columns), **setting)
    assert encoder.transform(container(rows)).toarray().tolist() == expected.tolist()


@pytest.mark.parametrize("n_rows", [1, 90])
def test_encode_indices_agrees_with_the_reference(container, n_rows):
    encoder = HybridHashEncoder(top_k=3, n_buckets=5).fit(container(COLUMNS))
    rows = {name: cells[:n_rows] for name, cells in COLUMNS.items()}
    indices = encoder.encode_indices(container(rows))
    assert indices.dtype == np.int32
    starts = np.concatenate([[0], np.cumsum([len(v) + 5 for v in encoder.vocabularies_])])
    for column, (cells, values) in enumerate(zip(rows.values(), encoder.vocabularies_, strict=True)):
        for row, value in enumerate(cells):
            value = None if reference.is_missing(value) else value
            if value in values.tolist():
                expected = [values.tolist().index(value), -1]
            else:
                expected = [len(values) + b for b in reference.buckets(value, 5, 2, 0)]
            expected = [-1 if i < 0 else starts[column] + i for i in expected]
            assert indices[row, column].tolist() == expected


def test_inverse_transform_returns_values_of_the_head(container):
    encoder = HybridHashEncoder(top_k=2, n_buckets=5).fit(container(COLUMNS))
    decoded = encoder.inverse_transform(encoder.transform(container(COLUMNS)))
    for cells, values, found in zip(COLUMNS.values(), encoder.vocabularies_, decoded.T, strict=True):
        heads = values.tolist()
        assert found.tolist() == [value if value in heads else None for value in cells]


def test_inverse_transform_returns_lists():
    encoder = HybridHashEncoder(top_k=2, n_buckets=5)
    encoded = encoder.fit_transform([[["a", "a", "b"]], [["b", "z"]], [[]]])
    assert encoder.inverse_transform(encoded).tolist() == [[["a", "a", "b"]], [["b"]], [[]]]


@pytest.mark.parametrize(
    ("parameters", "slots", "buckets"),
    [
        ({"top_k": None, "n_buckets": 0}, [4, 2], [0, 0]),
        ({"top_k": 2, "n_buckets": 0}, [2, 2], [0, 0]),
        ({"top_k": 0, "n_buckets": 7}, [0, 0], [7, 7]),
        ({"top_k": {"a": 1}, "n_buckets": {"b": 3}}, [1, 2], [3, 3]),
        ({"top_k": {"a": None, "b": 0}, "n_buckets": 1}, [4, 0], [1, 1]),
        ({}, [4, 2], [2, 2]),
        ({"max_features": 7}, [1, 2], [2, 2]),
        ({"max_features": 4}, [0, 0], [2, 2]),
        ({"max_features": 9, "tail_indicator": True}, [1, 2], [2, 2]),
        ({"min_frequency": 2}, [2, 2], [2, 2]),
        ({"min_frequency": 0.4}, [1, 2], [3, 2]),
        ({"top_k": 1, "max_features": 100}, [1, 1], [3, 2]),
    ],
)
def test_numbers_of_slots_and_buckets(parameters, slots, buckets):
    X = pd.DataFrame({"a": ["v", "v", "v", "w", "w", "x", "y"], "b": [1, 1, 1, 1, 2, 2, 2]})
    encoder = HybridHashEncoder(**parameters).fit(X)
    assert [len(values) for values in encoder.vocabularies_] == slots
    assert encoder.n_buckets_.tolist() == buckets
    assert encoder.n_features_out_ == encoder.transform(X).shape[1]
    assert len(encoder.get_feature_names_out()) == encoder.n_features_out_


def test_keys_of_mappings_are_positions_if_columns_have_no_names():
    encoder = HybridHashEncoder(top_k={1: 0}, n_buckets=2).fit([["a", "a"]])
    assert [len(values) for values in encoder.vocabularies_] == [1, 0]


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.uint64])
def test_parameters_may_be_numpy_integers(kind):
    parameters = {"top_k": 2, "n_buckets": 3, "max_features": 100, "n_hashes": 2, "seed": 5}
    expected = HybridHashEncoder(**parameters).fit_transform(FRAME)
    encoder = HybridHashEncoder(**{name: kind(value) for name, value in parameters.items()})
    assert (encoder.fit_transform(FRAME) != expected).nnz == 0
    encoder.set_params(top_k={"a": kind(1)}, n_buckets="auto").fit(FRAME)
    assert encoder.n_features_out_ == 1 + 2 + 2 + 2


def test_keys_of_mappings_are_positions_if_names_are_not_text():
    frame = pd.DataFrame({10: ["x"]})
    with pytest.raises(ValueError, match=r"columns are 0 \(by position: X has no column names"):
        HybridHashEncoder(top_k={10: 1}).fit(frame)


def test_fit_does_not_change_parameters():
    top_k = {"a": 1}
    encoder = HybridHashEncoder(top_k=top_k)
    encoder.fit(pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]}))
    assert encoder.top_k is top_k
    assert top_k == {"a": 1}


def test_values_rank_by_sample_weight():
    X = [["a"], ["a"], ["b"]]
    assert HybridHashEncoder(top_k=1).fit(X).vocabularies_[0].tolist() == ["a"]
    assert HybridHashEncoder(top_k=1).fit(X, None, [1, 1, 3]).vocabularies_[0].tolist() == ["b"]
    assert HybridHashEncoder(top_k=1).fit(X, sample_weight=[0, 0, 1]).n_features_out_ == 3


# "often" is frequent and at the base rate of the classes; "yes" and "no" occur with one class each;
# "once" occurs once, so its class is chance.
VALUES = ["often"] * 100 + ["yes"] * 8 + ["no"] * 16 + [None] * 7 + ["once"]
TARGET = [0, 1] * 50 + [1] * 8 + [0] * 16 + [1] * 7 + [1]


@pytest.mark.parametrize(
    ("importance", "head"),
    [
        ("frequency", ["often", "no", "yes", None, "once"]),
        ("entropy", ["no", "often", "yes", None, "once"]),
        ("mutual_info", ["no", "yes", None, "once", "often"]),
        ("gini", ["no", "yes", None, "once", "often"]),
        ("fisher", ["no", "yes", None, "once", "often"]),
        (lambda counts, totals: -counts.sum(axis=1), ["once", None, "yes", "no", "often"]),
        (lambda counts, totals: counts[:, 0], ["often", "no", "yes", None, "once"]),
    ],
    ids=["frequency", "entropy", "mutual_info", "gini", "fisher", "rarity", "first class"],
)
def test_values_rank_by_importance(importance, head, container):
    X = container({"a": VALUES})
    encoder = HybridHashEncoder(top_k=None, n_buckets=0, importance=importance)
    assert encoder.fit(X, TARGET).vocabularies_[0].tolist() == head


@pytest.mark.parametrize(
    ("importance", "y", "measure"),
    [
        ("auto", TARGET, "pooled_info"),
        ("auto", None, "frequency"),
        ("auto", [1] * len(VALUES), "frequency"),
        ("auto", np.arange(len(VALUES)) / 7, "frequency"),
        ("auto", np.arange(len(VALUES)), "frequency"),
        ("gini", TARGET, "gini"),
        (max, TARGET, max),
    ],
    ids=["classes", "no target", "one class", "numbers", "many classes", "a name", "a function"],
)
def test_measure_that_auto_selects(importance, y, measure):
    if importance is max:
        importance = measure = lambda counts, totals: counts[:, 0]
    encoder = HybridHashEncoder(importance=importance).fit(array({"a": VALUES}), y)
    assert encoder.importance_ == measure
    alone = HybridHashEncoder(importance=measure).fit(array({"a": VALUES}), y)
    assert encoder.vocabularies_[0].tolist() == alone.vocabularies_[0].tolist()


@pytest.mark.parametrize("labels", [["no", "yes"], [5.0, -1.0], [False, True], [1, 0]], ids=str)
@pytest.mark.parametrize("importance", ["mutual_info", "gini", "fisher"])
def test_the_names_of_classes_do_not_matter(importance, labels):
    encoder = HybridHashEncoder(top_k=None, n_buckets=0, importance=importance)
    y = [labels[number] for number in TARGET]
    expected = ["no", "yes", None, "once", "often"]
    assert encoder.fit(array({"a": VALUES}), y).vocabularies_[0].tolist() == expected


def test_values_at_the_base_rate_rank_by_weight():
    X = array({"a": ["rare"] * 49 + ["often"] * 245})
    y = [1] + [0] * 48 + [1] * 5 + [0] * 240
    for importance in ("auto", *SUPERVISED):
        encoder = HybridHashEncoder(top_k=1, importance=importance)
        assert encoder.fit(X, y).vocabularies_[0].tolist() == ["often"]


@pytest.mark.parametrize("weight", [1e308, 1e101])
def test_weights_with_too_large_a_sum_are_refused(weight):
    with pytest.raises(ValueError, match=r"sample_weight adds up to .*Scale it down"):
        HybridHashEncoder().fit([["a"], ["b"]], sample_weight=[weight, weight])


@pytest.mark.parametrize("weights", [[1 / 3, 0.1, 0.7], [1e17, 1e17, 1e17], [1e-17, 1.0, 3e-9]])
@pytest.mark.parametrize("importance", ["auto", *MEASURES])
def test_heads_are_full_for_weights_of_any_size(importance, weights):
    X, y = [["a"], ["b"], ["c"]] * 4, [0, 1, 1] * 4
    encoder = HybridHashEncoder(top_k=2, importance=importance).fit(X, y, weights * 4)
    assert len(encoder.vocabularies_[0]) == 2


def test_values_of_all_columns_rank_together():
    X = array({"noise": ["u", "u", "v", "v"] * 33, "a": VALUES})
    encoder = HybridHashEncoder(max_features=7, importance="mutual_info").fit(X, TARGET)
    assert [values.tolist() for values in encoder.vocabularies_] == [[], ["no", "yes", None]]


def test_a_function_as_importance_gets_one_class_without_a_target():
    shapes = []

    def score(class_counts, class_totals):
        shapes.append((class_counts.shape, class_totals.tolist()))
        return class_counts[:, 0]

    HybridHashEncoder(importance=score).fit(array({"a": VALUES}))
    assert shapes == [((5, 1), [132])]


def test_a_function_as_importance_gets_the_same_counts_in_any_order_of_sums():
    def given(X, y, weights):
        found = []

        def score(class_counts, class_totals):
            found.append((class_counts.tolist(), class_totals.tolist()))
            return class_counts[:, 0]

        HybridHashEncoder(importance=score).fit(X, y, weights)
        return found

    assert 0.1 + 0.2 != 0.3
    ((counts, totals),) = given([["a"], ["a"], ["b"]], [0, 0, 1], [0.1, 0.2, 1 / 3])
    assert [(counts, totals)] == given([["a"], ["b"]], [0, 1], [0.3, 1 / 3])
    assert np.allclose(counts, [[0.3, 0], [0, 1 / 3]], rtol=1e-12)
    assert np.allclose(totals, [0.3, 1 / 3], rtol=1e-12)


def test_a_function_as_importance_gets_no_ignored_missing_values():
    shapes = []

    def score(class_counts, class_totals):
        shapes.append(class_counts.shape)
        return class_counts[:, 0]

    HybridHashEncoder(importance=score, handle_missing="ignore").fit(array({"a": VALUES}), TARGET)
    assert shapes == [(4, 2)]


def test_elements_of_lists_rank_by_importance():
    cells = [["a", "b"], ["a"], ["b", "c"], ["a", "c"]] * 3
    encoder = HybridHashEncoder(top_k=1, importance="mutual_info")
    assert encoder.fit(array({"a": cells}), [0, 0, 1, 0] * 3).vocabularies_[0].tolist() == ["a"]


def test_weights_count_in_the_counts_by_class():
    encoder = HybridHashEncoder(top_k=1, importance="mutual_info")
    weights = [0 if value in ("no", "yes") else 1 for value in VALUES]
    encoder.fit(array({"a": VALUES}), TARGET, weights)
    assert encoder.vocabularies_[0].tolist() == [None]


@pytest.mark.parametrize("importance", ["auto", "gini"])
@pytest.mark.parametrize("sparse_output", [True, False])
def test_fit_transform_uses_the_target(sparse_output, importance):
    X, y = array({"a": ["often"] * 20 + ["no"] * 12 + ["yes"] * 8}), [0, 1] * 10 + [0] * 12 + [1] * 8
    encoder = HybridHashEncoder(1, 3, importance=importance, sparse_output=sparse_output)
    encoded = encoder.fit_transform(X, y)
    assert encoder.vocabularies_[0].tolist() == ["no"]
    assert abs(encoded - encoder.fit(X, y).transform(X)).max() == 0


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("blocks", "parts"), [(1, 1), (7, 3), (64, 1000), (1000, 10)])
def test_blocks_and_threads_do_not_change_results(monkeypatch, container, blocks, parts, n_jobs):
    X = container(COLUMNS)
    encoder = HybridHashEncoder(top_k=3, n_buckets=5, tail_indicator=True).fit(X)
    whole, indices = encoder.transform(X), encoder.encode_indices(X)
    monkeypatch.setattr(_parallel, "_BLOCK_ROWS", blocks)
    monkeypatch.setattr(_parallel, "_MIN_ROWS_PER_THREAD", 1)
    monkeypatch.setattr(_csr, "_PART_ROWS", parts)
    encoder.set_params(n_jobs=n_jobs)
    assert_same_bytes(encoder.transform(X), whole)
    assert encoder.encode_indices(X).tobytes() == indices.tobytes()
    assert_same_bytes(encoder.fit(X).transform(X), whole)


@pytest.mark.parametrize("blocks", [1, 7, 1000])
def test_blocks_do_not_change_results_for_lists(monkeypatch, blocks):
    X = pd.DataFrame(COLUMNS | LISTS)
    encoder = HybridHashEncoder(top_k=3, n_buckets=5).fit(X)
    whole = encoder.transform(X)
    monkeypatch.setattr(_parallel, "_BLOCK_ROWS", blocks)
    monkeypatch.setattr(_csr, "_PART_ROWS", blocks // 2 + 1)
    assert_same_bytes(encoder.transform(X), whole)


def assert_same_bytes(one, other):
    for part in ("indptr", "indices", "data"):
        assert getattr(one, part).tobytes() == getattr(other, part).tobytes()


@pytest.mark.parametrize("n_hashes", [1, 2])
@pytest.mark.parametrize(("top_k", "n_buckets"), [(None, 0), (0, 1), (0, 5), (1, 0), (1, 5)])
@pytest.mark.parametrize("handle_missing", ["value", "ignore"])
def test_cell_by_cell_and_column_by_column_are_the_same(
    monkeypatch, top_k, n_buckets, n_hashes, handle_missing
):
    X = pd.DataFrame(COLUMNS)
    encoder = HybridHashEncoder(
        top_k, n_buckets, n_hashes=n_hashes, handle_missing=handle_missing, tail_weight=2
    ).fit(X)
    rows = [encoder.transform(X.iloc[[row]]).toarray() for row in range(len(X))]
    monkeypatch.setattr(_encode, "FEW", 0)
    assert np.vstack(rows).tolist() == encoder.transform(X).toarray().tolist()


def test_a_batch_of_missing_values_is_encoded_in_columns_of_any_kind(container):
    encoder = HybridHashEncoder(top_k=3, n_buckets=5).fit(container(COLUMNS | LISTS))
    nothing = {name: [None] * 3 for name in COLUMNS | LISTS}
    expected = reference.encode(
        list(nothing.values()), [v.tolist() for v in encoder.vocabularies_], [5] * len(nothing)
    )
    assert encoder.transform(container(nothing)).toarray().tolist() == expected.tolist()


@pytest.mark.parametrize("values", [["a", "b"], [1, 2], [["a"], [1]]])
def test_a_column_that_was_all_missing_accepts_text_and_numbers(values):
    encoder = HybridHashEncoder().fit([[None], [None]])
    if isinstance(values[0], list):
        with pytest.raises(TypeError, match="held single values at fit"):
            encoder.transform([[values[0]]])
    else:
        assert encoder.transform([[value] for value in values]).shape == (2, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_dtype(dtype):
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, dtype=dtype, tail_weight=1)
    assert encoder.fit_transform([["a"], ["b"]]).dtype == dtype


def test_dense_output():
    X = pd.DataFrame(COLUMNS)
    sparse = HybridHashEncoder(top_k=3, n_buckets=5).fit_transform(X)
    dense = HybridHashEncoder(top_k=3, n_buckets=5, sparse_output=False).fit_transform(X)
    assert isinstance(dense, np.ndarray)
    assert (sparse.toarray() == dense).all()


def test_names_of_slots_of_every_kind():
    X = pd.DataFrame({"c": ["US", None], "n": [1.0, 2.5], "f": [True, True]})
    encoder = HybridHashEncoder(n_buckets=1, tail_indicator=True).fit(X)
    assert encoder.get_feature_names_out().tolist() == [
        *["c_US", "c_<missing>", "c#0", "c#tail"],
        *["n_1", "n_2.5", "n#0", "n#tail"],
        *["f_1", "f#0", "f#tail"],
    ]


def test_fit_replaces_an_earlier_fit():
    encoder = HybridHashEncoder().fit(pd.DataFrame({"a": ["x"], "b": [1]}))
    encoder.fit([["y"]])
    assert encoder.n_features_in_ == 1
    assert not hasattr(encoder, "feature_names_in_")


FRAME = pd.DataFrame({"a": ["x", "y"], "b": [1, 2]})


@pytest.mark.parametrize(
    ("parameters", "X", "error", "words"),
    [
        ({"top_k": {"c": 1}}, FRAME, ValueError, r"top_k names the column 'c'.*columns are 'a', 'b'"),
        ({"n_buckets": {"c": 1}}, FRAME, ValueError, "n_buckets names the column 'c'"),
        ({"top_k": {0: 1}}, FRAME, ValueError, "top_k names the column 0"),
        ({"top_k": {"a": -1}}, FRAME, ValueError, r"top_k\['a'\] is -1; .*'auto' or None"),
        ({"n_buckets": {"a": None}}, FRAME, ValueError, r"n_buckets\['a'\] is None"),
        ({"top_k": {"a": True}}, FRAME, ValueError, r"top_k\['a'\] is True"),
        ({"max_features": 3}, FRAME, ValueError, "max_features=3 is too small for these 2 columns"),
        (
            {"top_k": 0, "n_buckets": 2**30},
            FRAME,
            ValueError,
            r"make 2147483648 output columns.*Lower n_buckets",
        ),
        ({"dtype": np.int64}, FRAME, ValueError, r"cannot hold tail_weight=0\.25\. Use numpy\.float64"),
        ({"n_buckets": {"a": 2**62}}, FRAME, ValueError, r"n_buckets\['a'\] is 4611686018427387904"),
        ({"tail_weight": np.inf}, FRAME, ValueError, "tail_weight"),
        ({"dtype": np.longdouble}, FRAME, ValueError, "cannot hold the output"),
        (
            {"dtype": np.float32, "tail_weight": 1e-60},
            FRAME,
            ValueError,
            "cannot hold tail_weight=1e-",
        ),
        ({"dtype": np.int8, "tail_weight": 300}, FRAME, ValueError, "cannot hold tail_weight=300"),
        ({"dtype": np.float32, "tail_weight": 1e300}, FRAME, ValueError, "cannot hold tail_weight=1e"),
        ({"top_k": {"a": np.ones(2)}}, FRAME, ValueError, r"top_k\['a'\] is array"),
        ({"dtype": np.uint8, "tail_weight": 1}, [[["a"] * 300]], ValueError, "adds up to 300"),
        ({"dtype": np.float16}, FRAME, ValueError, "Use numpy.float64"),
        ({"dtype": str}, FRAME, ValueError, "cannot hold the output"),
        ({"handle_missing": "error"}, [["a"], [None]], ValueError, "Column 0, row 1.*missing"),
        ({}, [["a"], [1]], TypeError, "Column 0, row 1: 1 is a number in a column of text"),
        ({"seed": -1}, FRAME, ValueError, "'seed' parameter"),
        ({"n_hashes": 3}, FRAME, ValueError, "'n_hashes' parameter"),
        ({"tail_weight": 0}, FRAME, ValueError, "'tail_weight' parameter"),
        ({"importance": "chi2"}, FRAME, ValueError, "'importance' parameter"),
        ({"importance": "gini"}, FRAME, ValueError, "requires y to be passed.*importance='gini'"),
        ({"importance": len}, FRAME, TypeError, "len"),
        (
            {"importance": np.add},
            FRAME,
            ValueError,
            r"Column 'a': importance must return one finite.*'add'",
        ),
    ],
)
def test_fit_raises(parameters, X, error, words):
    with pytest.raises(error, match=words):
        HybridHashEncoder(**parameters).fit_transform(X)


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (pd.DataFrame({"b": [1], "a": ["x"]}), ValueError, "must be in the same order"),
        (pd.DataFrame({"a": ["x"]}), ValueError, "Feature names seen at fit time, yet now missing"),
        (pd.DataFrame({"a": [1], "b": [1]}), TypeError, "Column 'a', row 0: 1 is a number, but"),
        (pd.DataFrame({"a": ["x"], "b": ["1"]}), TypeError, "Column 'b', row 0: '1' is a text, but"),
        (pd.DataFrame({"a": [["x"]], "b": [1]}), TypeError, "Column 'a'.*held single values"),
        (pd.DataFrame({"a": [], "b": []}), ValueError, r"0 sample\(s\)"),
    ],
)
@pytest.mark.parametrize("method", ["transform", "encode_indices", "report"])
def test_encoding_raises(X, error, words, method):
    encoder = HybridHashEncoder().fit(FRAME)
    with pytest.raises(error, match=words):
        getattr(encoder, method)(X)


def test_row_numbers_in_errors_count_from_the_first_block(monkeypatch):
    monkeypatch.setattr(_parallel, "_BLOCK_ROWS", 100)
    X = pd.DataFrame({"a": ["x"] * 250})
    encoder = HybridHashEncoder().fit(X)
    X = X.astype(object)
    X.iloc[230, 0] = 5
    with pytest.raises(TypeError, match="Column 'a', row 230: 5 is a number"):
        encoder.transform(X)


def test_encode_indices_refuses_lists():
    encoder = HybridHashEncoder().fit([[["a"]]])
    with pytest.raises(ValueError, match=r"Column 0: it holds lists.*Use transform"):
        encoder.encode_indices([[["a"]]])


def test_inverse_transform_does_not_change_its_input():
    encoder = HybridHashEncoder(top_k=1, n_buckets=0).fit([["a"], ["b"]])
    encoded = encoder.transform([["a"], ["b"]])
    encoded.data[0] = 0
    for part in (encoded.data, encoded.indices, encoded.indptr):
        part.flags.writeable = False
    assert encoder.inverse_transform(encoded).tolist() == [[None], [None]]
    assert encoded.nnz == 1


@pytest.mark.parametrize("times", [-1.0, 1e300])
def test_inverse_transform_refuses_counts_that_no_list_has(times):
    encoder = HybridHashEncoder(top_k=1, n_buckets=0).fit([[["a"]]])
    with pytest.raises(
        ValueError, match=r"Row 1 of X does not hold the counts of a list.*the result of transform"
    ):
        encoder.inverse_transform([[1.0], [times]])


def test_inverse_transform_of_no_columns():
    encoder = HybridHashEncoder(top_k=0, n_buckets=0).fit([["a"]])
    assert encoder.inverse_transform(encoder.transform([["a"]])).tolist() == [[None]]


def test_inverse_transform_refuses_another_width():
    encoder = HybridHashEncoder().fit([["a"]])
    with pytest.raises(ValueError, match="X has 7 columns, but transform returns 3"):
        encoder.inverse_transform(np.zeros((1, 7)))


@pytest.mark.parametrize("container_name", ["pandas", "polars"])
def test_sparse_dataframes_are_refused_before_fitting(container_name):
    encoder = HybridHashEncoder().set_output(transform=container_name)
    words = f"{container_name.capitalize()} output does not support sparse data.*sparse_output=False"
    with pytest.raises(ValueError, match=words):
        encoder.fit_transform([["a"]])
    assert not hasattr(encoder, "vocabularies_")


def test_dictionaries_of_lists_are_encoded_like_lists():
    pa = pytest.importorskip("pyarrow")
    lists = pa.array([["a", "b"], ["c"]], pa.list_(pa.string()))
    codes = pa.array([None if row == 0 else row % 2 for row in range(300)], pa.int8())
    X = pa.table({"c": pa.DictionaryArray.from_arrays(codes, lists)})
    encoder = HybridHashEncoder(top_k=None, n_buckets=0).fit(X)
    few = [encoder.transform(X.slice(row, 4)).toarray() for row in range(0, 300, 4)]
    assert np.vstack(few).tolist() == encoder.transform(X).toarray().tolist()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_column_that_was_all_missing_accepts_one_kind_per_table(n_jobs):
    encoder = HybridHashEncoder(2, 5, n_jobs=n_jobs).fit(np.array([[None]] * 3, dtype=object))
    X = np.array(["x"] * 20_000 + [1] * 20_000, dtype=object).reshape(-1, 1)
    with pytest.raises(TypeError, match="Column 0, row 20000: 1 is a number in a column of text"):
        encoder.transform(X)


@pytest.mark.parametrize("n_rows", [2, 300])
@pytest.mark.parametrize("dtype", ["M8[ns]", "m8[ns]", "M8[D]"])
def test_times_are_refused_in_batches_of_any_size(dtype, n_rows):
    encoder = HybridHashEncoder().fit(np.arange(300).reshape(-1, 1))
    with pytest.raises(TypeError, match="Column 0, row 0: "):
        encoder.transform(np.arange(n_rows).astype(dtype).reshape(-1, 1))


@pytest.mark.parametrize("name", ["n_slots_", "n_buckets_", "feature_names_in_"])
def test_arrays_of_fitted_attributes_are_read_only(name):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(pd.DataFrame({"a": ["x", "y"]}))
    with pytest.raises(ValueError, match="read-only"):
        getattr(encoder, name)[0] = 7


def test_vocabularies_are_read_only():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(pd.DataFrame({"a": ["x", "y"]}))
    with pytest.raises(ValueError, match="read-only"):
        encoder.vocabularies_[0][0] = "z"
