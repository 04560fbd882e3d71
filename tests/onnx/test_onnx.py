import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from hybrid_encoder import HybridHashEncoder

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from hybrid_encoder.onnx import feed, to_onnx  # noqa: E402
from hybrid_encoder.onnx._graph import ModelGraph  # noqa: E402
from tests.serving import outputs, session, unused  # noqa: E402

TEXTS = ["", "a", "Oslo", "Zürich", "東京", "𝄞" * 3, "a\0", "\0", "x" * 1500, " ", "nan", "1"]
WHOLE = [0, -1, 7, 2**31, -(2**63), 2**63 - 1, 2**53 + 1, 255]
FLOATS = [0.0, -0.0, 0.5, -1.0, 1e300, float("inf"), -float("inf"), 2.0**63, -(2.0**63), 2.0**64, 3e-308]


def table(n_rows, seed=0, start=0):
    """Columns of text, integers and floats; text and floats with missing values."""
    rng = np.random.default_rng(seed)
    drawn = np.minimum(rng.zipf(1.3, (n_rows, 3)), 10**9) + start
    texts = pd.Series([f"wörd{number:x}" for number in drawn[:, 0].tolist()], dtype=object)
    texts[rng.random(n_rows) < 0.05] = None
    texts[: len(TEXTS)] = TEXTS
    whole = drawn[:, 1] * np.where(rng.random(n_rows) < 0.5, -1, 2**31)
    whole[: len(WHOLE)] = WHOLE
    floats = drawn[:, 2] / rng.choice([1, 1, 4, 7], n_rows)
    floats[rng.random(n_rows) < 0.05] = np.nan
    floats[: len(FLOATS)] = FLOATS
    return pd.DataFrame({"text": texts, "whole": whole, "floats": floats})


def indices(encoder, X, **parameters):
    return outputs(to_onnx(encoder, **parameters), X)["indices"]


def check(encoder, X, **parameters):
    found = indices(encoder, X, **parameters)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, encoder.encode_indices(X))


# Both have the same frequent values, and unusual ones with and without a slot.
TRAIN, HELD_OUT = table(3_000), table(40_000, seed=1, start=-1)

SETTINGS = [
    {},
    {"n_hashes": 1},
    {"handle_missing": "ignore"},
    {"handle_missing": "ignore", "n_hashes": 1},
    {"tail_indicator": True},
    {"top_k": 0, "n_buckets": 100},
    {"top_k": 20, "n_buckets": 0},
    {"top_k": 20, "n_buckets": 0, "tail_indicator": True},
    {"top_k": 20, "n_buckets": 1},
    {"top_k": 20, "n_buckets": 1, "n_hashes": 1},
    {"top_k": 20, "n_buckets": 2},
    {"top_k": {"text": 0}, "n_buckets": {"whole": 0, "floats": 1}},
    {"seed": 2**32 - 1},
    {"n_jobs": 2},
]
TYPES = {"whole": "int64", "floats": "double"}


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_indices_are_those_of_python(settings):
    check(HybridHashEncoder(**settings).fit(TRAIN), HELD_OUT, inputs=TYPES)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_constant_and_node_is_used(settings):
    assert unused(to_onnx(HybridHashEncoder(**settings).fit(TRAIN), inputs=TYPES)) == set()


def test_the_largest_number_of_buckets():
    encoder = HybridHashEncoder(top_k=100, n_buckets=2**31 - 101).fit(TRAIN[["text"]])
    check(encoder, HELD_OUT[["text"]])


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_one_row_is_its_row_in_the_batch(n_hashes):
    encoder = HybridHashEncoder(top_k=20, n_buckets=50, n_hashes=n_hashes).fit(TRAIN)
    running = session(to_onnx(encoder))
    batch = running.run(None, feed(HELD_OUT, running))[0]
    for row in range(0, 100, 3):
        alone = running.run(None, feed(HELD_OUT.iloc[[row]], running))[0]
        np.testing.assert_array_equal(alone[0], batch[row])


@pytest.mark.parametrize("seed", range(2))
def test_after_partial_fit(seed):
    encoder = HybridHashEncoder(top_k=200, n_buckets=50).partial_fit(TRAIN[:100])
    assert encoder.report()["free_slots"].sum() > 0
    check(encoder, HELD_OUT)
    encoder.partial_fit(table(2_000, seed=seed + 2))
    assert len(encoder.column_changes_) > 0
    check(encoder, HELD_OUT)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_subnormal=False),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_any_value(rows):
    X = pd.DataFrame(rows, columns=["text", "whole", "floats"]).astype({"text": object})
    encoder = HybridHashEncoder(top_k=2, n_buckets=7).fit(X[: (len(X) + 1) // 2])
    check(encoder, X, inputs={"text": "string"} | TYPES)


def test_unsigned_integers_are_passed_as_twos_complement():
    X = pd.DataFrame({"id": np.array([2**64 - 1, 2**63, 5, 2**63 + 7], dtype=np.uint64)})
    encoder = HybridHashEncoder(top_k=2, n_buckets=9).fit(X)
    running = session(to_onnx(encoder))
    given = {"id": X.to_numpy().view(np.int64)}
    np.testing.assert_array_equal(running.run(None, given)[0], encoder.encode_indices(X))
    np.testing.assert_array_equal(feed(X, running)["id"], given["id"])


def test_float32_has_the_index_of_the_same_double():
    X = pd.DataFrame({"share": np.array([0.1, 0.25, 3, np.nan, 0.7], dtype=np.float32)})
    encoder = HybridHashEncoder(top_k=2, n_buckets=9).fit(X)
    running = session(to_onnx(encoder, inputs={"share": "float"}))
    found = running.run(None, {"share": X.to_numpy()})[0]
    np.testing.assert_array_equal(found, encoder.encode_indices(X))


def test_integers_and_fractions_in_one_vocabulary():
    X = pd.DataFrame({"x": [1.5, 1.5, 1.5, 7, 7, 2.0**70, 2.0**70, 2.0**63, np.nan, 0.1]})
    encoder = HybridHashEncoder(top_k=5, n_buckets=9).fit(X)
    check(encoder, X)
    check(encoder, X * -1)


@pytest.mark.parametrize(
    "values",
    [[0.5, 4602678819172646912.0], [4602678819172646912.0, 0.5], [np.inf, 9218868437227405312.0]],
    ids=str,
)
def test_numbers_that_share_a_key_share_a_slot(values):
    X = pd.DataFrame({"x": [values[0]] * 3 + [0.1, 0.1]})
    encoder = HybridHashEncoder(top_k=1, n_buckets=9).fit(X)
    check(encoder, pd.DataFrame({"x": [*values, 0.1]}), inputs={"x": "double"})


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"], "string"),
        ([1, 2], "int64"),
        ([True, False], "int64"),
        ([1, None], "double"),
        ([1.0, 2.0], "int64"),
        ([1.0, 2.5], "double"),
        (pd.array([1, 2**60, 7], dtype="Int64"), "int64"),
    ],
    ids=str,
)
def test_types_of_inputs(values, kind):
    model = to_onnx(HybridHashEncoder().fit(pd.DataFrame({"x": values})))
    kinds = {1: "float", 7: "int64", 8: "string", 11: "double"}
    (column,) = model.graph.input
    assert kinds[column.type.tensor_type.elem_type] == kind
    shape = column.type.tensor_type.shape.dim
    assert [bool(shape[0].dim_value), shape[1].dim_value] == [False, 1]


def test_numbers_with_missing_values_at_fit_are_double():
    X = pd.DataFrame({"x": [1, 1, 2, 2, None]})
    model = to_onnx(HybridHashEncoder(top_k=2, n_buckets=3).fit(X))
    assert model.graph.input[0].type.tensor_type.elem_type == 11


@pytest.mark.parametrize("kind", ["string", "double", "int64"])
def test_a_column_that_was_all_missing(kind):
    X = pd.DataFrame({"x": [None, None], "y": ["a", "b"]})
    encoder = HybridHashEncoder().fit(X)
    given = pd.DataFrame({"x": {"string": ["a", "b"]}.get(kind, [1, 2]), "y": ["a", None]})
    check(encoder, given, inputs={"x": kind})


def test_names_and_order_of_columns():
    X = np.array([[1, "a", 0.5, "b"], [2, "c", None, "d"]], dtype=object)
    encoder = HybridHashEncoder().fit(X)
    model = to_onnx(encoder)
    assert [column.name for column in model.graph.input] == ["x0", "x1", "x2", "x3"]
    check(encoder, X)
    named = pd.DataFrame(X, columns=["one", "two", "three", "four"])
    model = to_onnx(HybridHashEncoder().fit(named), inputs={3: "string", "one": "double"})
    assert [column.name for column in model.graph.input] == list(named)
    assert model.graph.input[0].type.tensor_type.elem_type == 11


def test_a_pipeline_of_an_encoder_only():
    encoder = HybridHashEncoder().fit(TRAIN)
    alone = to_onnx(encoder)
    assert to_onnx(make_pipeline(encoder)) == alone
    assert to_onnx(make_pipeline(make_pipeline("passthrough", encoder))) == alone


def test_another_text_for_missing():
    X = pd.DataFrame({"x": ["<missing>", "<missing>", None, "a", "b"]})
    encoder = HybridHashEncoder(top_k=2, n_buckets=9).fit(X)
    message = r"Column 'x' holds the text '<missing>', which stands for missing .*Use another text"
    with pytest.raises(ValueError, match=message):
        to_onnx(encoder)
    check(encoder, X, missing="\0")
    check(encoder, X.dropna(), missing=None)


def test_missing_none_makes_every_text_a_value():
    encoder = HybridHashEncoder(top_k=1, n_buckets=1000).fit([["a"], ["a"], [None]])
    running = session(to_onnx(encoder, missing=None))
    found = running.run(None, {"x0": np.array([["<missing>"]], dtype=object)})[0]
    np.testing.assert_array_equal(found, encoder.encode_indices([["<missing>"]]))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("text", None, "missing"),
        ("floats", np.nan, r"missing \(NaN\)"),
        ("floats", np.inf, "infinite"),
    ],
    ids=str,
)
def test_the_run_fails_if_a_value_is_missing(column, value, problem):
    rows = pd.DataFrame({"text": ["a", "b", "a"], "floats": [0.5, 0.5, 2]})
    encoder = HybridHashEncoder(handle_missing="error", top_k=1, n_buckets=5).fit(rows)
    check(encoder, rows)
    rows.loc[1, column] = value
    with pytest.raises(Exception, match=rf"Column '{column}': a value is {problem}, and handle_missing"):
        indices(encoder, rows)


UNFITTED = HybridHashEncoder()
OF_LISTS = HybridHashEncoder().fit(pd.DataFrame({"tags": [["a", "b"], ["a"]]}))
FITTED = HybridHashEncoder(top_k=2, n_buckets=3).fit(pd.DataFrame({"x": ["a", "b"], "n": [1, 2]}))
NO_SLOTS = HybridHashEncoder(top_k=0, n_buckets=3).fit(pd.DataFrame({"n": [1, 2]}))
ALL_MISSING = HybridHashEncoder().fit(pd.DataFrame({"n": [None, np.nan]}))
SEARCH = GridSearchCV(make_pipeline(HybridHashEncoder(), LogisticRegression()), {})

CALIBRATED = CalibratedClassifierCV(make_pipeline(HybridHashEncoder(), LogisticRegression()), cv=2)
CALIBRATED.fit(pd.DataFrame({"x": ["a", "b"] * 4}), [0, 1] * 4)


class Halved(HybridHashEncoder):
    def transform(self, X):
        return super().transform(X) / 2


ERRORS = [
    (UNFITTED, {}, NotFittedError, "The model, a HybridHashEncoder, is not fitted yet. Call fit before"),
    (
        OF_LISTS,
        {},
        ValueError,
        "Column 'tags': list columns cannot be exported to ONNX. Fit on single values, or leave the "
        "column out.",
    ),
    (
        NO_SLOTS,
        {},
        ValueError,
        "Column 'n' has no number in its vocabulary, so its type is unknown. Set it to 'int64' or "
        "'double', for example inputs={'n': 'double'}.",
    ),
    (
        ALL_MISSING,
        {},
        ValueError,
        "Column 'n' held only missing values at fit, so its type is unknown. Set it to 'string', "
        "'int64' or 'double', for example inputs={'n': 'double'}.",
    ),
    (
        FITTED,
        {"inputs": {"n": "int32"}},
        ValueError,
        "inputs['n'] must be one of ('string', 'int64', 'double', 'float'), got 'int32'.",
    ),
    (
        FITTED,
        {"inputs": {"z": "int64"}},
        ValueError,
        "inputs has the column 'z', which does not exist. Columns: x, n.",
    ),
    (FITTED, {"inputs": {2: "int64"}}, ValueError, "inputs has the column 2, which does not exist."),
    (
        FITTED,
        {"inputs": {"n": "string"}},
        ValueError,
        "Column 'n' held numbers at fit and cannot have the type 'string'. Use 'int64', 'double' or "
        "'float'.",
    ),
    (
        FITTED,
        {"inputs": {"x": "double"}},
        ValueError,
        "Column 'x' held texts at fit and cannot have the type 'double'. Use 'string'.",
    ),
    (FITTED, {"missing": 7}, TypeError, "missing must be a str or None, got 7."),
    (FITTED, {"dtype": int}, ValueError, "dtype must be numpy.float64 or numpy.float32, got <class"),
    (
        SEARCH,
        {},
        TypeError,
        "model must be a HybridHashEncoder, or a Pipeline of encoders and a linear model, got "
        "GridSearchCV.",
    ),
    (
        DecisionTreeClassifier(),
        {},
        TypeError,
        "got DecisionTreeClassifier. Pass a fitted Pipeline of an encoder and the model.",
    ),
    (
        ColumnTransformer([("x", HybridHashEncoder(), ["x"])]),
        {},
        TypeError,
        "got ColumnTransformer. Pass a fitted Pipeline of it and a linear model or an encoder.",
    ),
    (
        CALIBRATED,
        {},
        TypeError,
        "got CalibratedClassifierCV. Its calibration cannot be exported. To export one of its pipelines "
        "without calibration, pass model.calibrated_classifiers_[0].estimator.",
    ),
    (
        Halved(top_k=2, n_buckets=3).fit([["a"], ["b"]]),
        {},
        TypeError,
        "The model is a Halved, a subclass of HybridHashEncoder, which to_onnx cannot export, as it may "
        "behave differently. Fit a HybridHashEncoder.",
    ),
    (
        FITTED,
        {"inputs": ["n"]},
        TypeError,
        "inputs must be a mapping of columns to types, like {'age': 'double'}, got ['n'].",
    ),
    (FITTED, {"dtype": "foo"}, ValueError, "dtype must be numpy.float64 or numpy.float32, got 'foo'."),
    (
        FITTED,
        {"missing": "\ud800"},
        ValueError,
        "missing='\\ud800' cannot be encoded in UTF-8. Use a text without lone surrogates.",
    ),
]


@pytest.mark.parametrize(
    ("model", "parameters", "error", "message"), ERRORS, ids=[message[:40] for *_, message in ERRORS]
)
def test_errors(model, parameters, error, message):
    with pytest.raises(error, match=re.escape(message)):
        to_onnx(model, **parameters)


def test_error_for_a_fitted_search():
    search = GridSearchCV(make_pipeline(HybridHashEncoder(), LogisticRegression()), {}, cv=2)
    search.fit(pd.DataFrame({"x": ["a", "b"] * 4}), [0, 1] * 4)
    with pytest.raises(TypeError, match=r"Pass its fitted pipeline: model\.best_estimator_\."):
        to_onnx(search)


def test_the_file_is_about_as_large_as_the_vocabulary():
    values = [f"user_{number:06d}" for number in range(20_000)]
    X = pd.DataFrame({"text": values, "whole": np.arange(20_000) * 2_654_435_761 % 2**62})
    size = to_onnx(HybridHashEncoder(top_k=None, n_buckets=50).fit(X)).ByteSize()
    keys = sum(map(len, values)) + 8 * len(X)
    # Per text two bytes more, and per slot one to three for its number.
    assert keys < size < keys + 2 * 20_000 + 3 * 40_000 + 10_000


def test_error_if_the_model_is_too_large(monkeypatch):
    monkeypatch.setattr("hybrid_encoder.onnx._graph.MAX_BYTES", 100)
    message = r"The model would have [\d,]+ bytes, and an ONNX file has at most 100\. Use dtype=numpy"
    with pytest.raises(ValueError, match=message):
        to_onnx(FITTED)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "indices"], "Column 'indices' has the name of an output of the model. Rename the column"),
        (["a", ""], "A column has an empty name; ONNX inputs need unique names. Rename the column"),
    ],
    ids=str,
)
def test_names_that_inputs_cannot_have(names, message):
    X = pd.DataFrame([["a", "b"], ["c", "d"]], columns=names)
    with pytest.raises(ValueError, match=re.escape(message)):
        to_onnx(HybridHashEncoder().fit(X))


def test_error_for_two_inputs_with_one_name():
    # Newer releases of scikit-learn do not accept a table with such columns.
    graph = ModelGraph()
    graph.input("a", "int64")
    with pytest.raises(ValueError, match="Two columns are named 'a'; ONNX inputs need unique names"):
        graph.input("a", "string")


def test_operator_versions():
    model = to_onnx(FITTED, missing="?")
    assert {opset.domain: opset.version for opset in model.opset_import} == {
        "": 18,
        "ai.onnx.ml": 4,
        "com.microsoft": 1,
    }
    assert model.ir_version == 9
    assert "'?'" in model.doc_string
    others = [node for node in model.graph.node if node.domain not in ("", "ai.onnx.ml")]
    assert {node.op_type for node in others} == {"MurmurHash3"}


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_columns_with_the_names_of_tensors_inside(slashes):
    alone = to_onnx(FITTED).graph
    inside = [tensor.name for tensor in alone.initializer] + [node.output[0] for node in alone.node[:-1]]
    for name in sorted({slashes + name.lstrip("/") for name in inside}):
        X = pd.DataFrame({"x": ["a", "b", "c"], name: [1, 2, 3]})
        check(HybridHashEncoder(top_k=2, n_buckets=3).fit(X), X)
        both = pd.DataFrame(
            {"/" + name.lstrip("/"): ["a", "b", "c"], "//" + name.lstrip("/"): [1, 2, 3]}
        )
        check(HybridHashEncoder(top_k=2, n_buckets=3).fit(both), both)


def test_several_columns_of_doubles():
    X = pd.DataFrame({"x": [0.5, 0.5, None, 7], "y": [0.25, None, 3, 3], "z": [None, 1, 1, 0.1]})
    for names in (["x", "y"], ["x", "y", "z"]):
        check(HybridHashEncoder(top_k=2, n_buckets=5).fit(X[names]), X[names])
