"""Which types columns have, and which are refused as Python would see other numbers."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, MaxAbsScaler, StandardScaler

from hybrid_encoder import HybridHashEncoder

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from hybrid_encoder.onnx import feed, to_onnx
from tests.serving import outputs

LARGE = pd.DataFrame({"id": [2**60 + 1, 2**60 + 3, 2**60 + 1, 5] * 5, "share": np.arange(20) / 8})
Y = (LARGE["id"] == 2**60 + 1).to_numpy()
TENTHS = pd.DataFrame({"x": np.arange(1, 50) / 10})


def encoder():
    return HybridHashEncoder(top_k=2, n_buckets=50)


def kinds(model):
    names = {1: "float", 7: "int64", 8: "string", 11: "double"}
    return {column.name: names[column.type.tensor_type.elem_type] for column in model.graph.input}


def check_indices(pipeline, X, **how):
    found = outputs(to_onnx(pipeline, **how), X)["indices"]
    expected = pipeline[-1].encode_indices(pipeline[:-1].transform(X))
    np.testing.assert_array_equal(found, expected)


def columns(*transformers):
    named = [(f"step{number}", *one) for number, one in enumerate(transformers)]
    return ColumnTransformer(named, verbose_feature_names_out=False)


@pytest.mark.parametrize("step", [StandardScaler(), "passthrough"], ids=str)
@pytest.mark.parametrize("turn", [1, -1], ids=["key-first", "number-first"])
def test_large_integers_that_are_numbers_too_stay_whole(step, turn):
    transformers = [(encoder(), ["id"]), (step, ["id", "share"])]
    pipeline = make_pipeline(columns(*transformers[::turn]), RidgeClassifier()).fit(LARGE, Y)
    model = to_onnx(pipeline)
    assert kinds(model) == {"id": "int64", "share": "double"}
    found = outputs(model, LARGE)
    np.testing.assert_array_equal(found["label"], pipeline.predict(LARGE))
    np.testing.assert_allclose(found["scores"], pipeline.decision_function(LARGE), rtol=1e-9)


def test_one_encoder_may_want_doubles_where_another_does_not():
    X = pd.DataFrame({"x": [1, 1, 1, 0.5, 0.25]})
    pipeline = make_pipeline(
        columns((HybridHashEncoder(top_k=1, n_buckets=5), ["x"]), (encoder(), ["x"])), RidgeClassifier()
    )
    model = to_onnx(pipeline.fit(X, [0, 0, 0, 1, 1]))
    assert kinds(model) == {"x": "double"}


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (
            {"x": pd.array([2**60 + 1, 2**60 + 1, None, 7], dtype="Int64")},
            {},
            "Column 'x': 1152921504606846977 has a slot, and the type 'double' cannot hold it. Use "
            "'int64', if no value will be missing or have a fraction: inputs={'x': 'int64'}. Or fit on",
        ),
        (
            {"x": [2**24 + 1, 3]},
            {"x": "float"},
            "Column 'x': 16777217 has a slot, and the type 'float' cannot hold it. Use 'double': "
            "inputs={'x': 'double'}.",
        ),
        (
            {"x": [0.1, 0.5]},
            {"x": "float"},
            "Column 'x': 0.1 has a slot, and the type 'float' cannot hold it. Use 'double': inputs=",
        ),
        (
            {"x": [1.5, 2]},
            {"x": "int64"},
            "Column 'x': 1.5 has a slot, and the type 'int64' cannot hold it. Use 'double': inputs=",
        ),
    ],
    ids=["double", "float-whole", "float-fraction", "int64"],
)
def test_a_type_must_hold_what_has_a_slot(X, given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        to_onnx(encoder().fit(pd.DataFrame(X)), inputs=given)


def test_integers_beyond_int64_are_keys_but_no_numbers():
    X = pd.DataFrame({"id": np.array([2**63 + 1, 2**63 + 1, 7, 8], dtype=np.uint64)})
    both = make_pipeline(columns((encoder(), ["id"]), (MaxAbsScaler(), ["id"])), RidgeClassifier())
    words = r"Column 'id': 9223372036854775809 has a slot, and .*: pass it in two columns"
    with pytest.raises(ValueError, match=words):
        to_onnx(both.fit(X, [0, 0, 1, 1]))
    small = X.assign(id=np.array([7, 7, 8, 8]))
    model = to_onnx(both.fit(small, [0, 0, 1, 1]))
    words = r"Column 'id', row 0: 9223372036854775809 is beyond int64\..*Pass it in two columns"
    with pytest.raises(ValueError, match=words):
        feed(X, model)


def test_columns_of_one_matrix_are_all_doubles():
    pipeline = make_pipeline(columns(("passthrough", ["id", "share"])), encoder()).fit(LARGE)
    model = to_onnx(pipeline)
    assert kinds(model) == {"id": "double", "share": "double"}
    check_indices(pipeline, LARGE)
    with pytest.raises(ValueError, match="Column 'id' comes to the encoder in one matrix with numbers"):
        to_onnx(pipeline, inputs={"id": "int64"})


@pytest.mark.parametrize(
    ("transformers", "how"),
    [
        ([("passthrough", ["id"]), (FunctionTransformer(), ["share"])], {"transform": "pandas"}),
        ([("passthrough", ["id", "text"])], {}),
        ([("passthrough", ["id"]), ("passthrough", ["other"])], {}),
        ([("passthrough", ["id"]), (MissingIndicator(features="all"), ["share"])], {}),
    ],
    ids=["dataframe", "objects", "integers", "flags"],
)
def test_columns_that_no_double_touches_stay_whole(transformers, how):
    X = LARGE.assign(text="a", other=LARGE["id"] + 2)
    before = columns(*transformers).set_output(**how) if how else columns(*transformers)
    pipeline = make_pipeline(before, encoder()).fit(X)
    assert kinds(to_onnx(pipeline))["id"] == "int64"
    check_indices(pipeline, X)


def cut():
    return KBinsDiscretizer(6, encode="ordinal", strategy="uniform", subsample=None)


ROUNDING = [
    ([StandardScaler()], []),
    ([SimpleImputer(strategy="constant", fill_value=0.1)], []),
    ([StandardScaler(), cut()], []),
    ([cut(), StandardScaler()], []),
    ([StandardScaler(), cut()], [(encoder(), ["city"])]),
]


def rounding(steps, beside):
    """Steps before an encoder; or bins that are numbers, with an encoder beside them."""
    if not beside:
        return make_pipeline(*steps, encoder())
    return make_pipeline(columns((make_pipeline(*steps), ["x"]), *beside), RidgeClassifier())


@pytest.mark.parametrize(("steps", "beside"), ROUNDING, ids=str)
def test_float32_is_refused_where_the_last_bit_counts(steps, beside):
    X = TENTHS.assign(city="a") if beside else TENTHS
    pipeline = rounding(steps, beside).fit(X, TENTHS["x"] > 2)
    words = r"Column 'x' is scaled or filled before its last bit counts, .*fit the pipeline on float64"
    with pytest.raises(ValueError, match=words):
        to_onnx(pipeline, inputs={"x": "float"})
    model = to_onnx(pipeline)
    for given in (X.astype({"x": np.float32}), X.iloc[:1].astype({"x": np.float32})):
        with pytest.raises(TypeError, match=r"Column 'x' is float32, which Python would scale or fill"):
            feed(given, model)
    feed(X, model)


@pytest.mark.parametrize("container", ["array", "polars", "arrow"])
def test_float32_is_seen_in_any_container(container):
    X = TENTHS.astype(np.float32)
    model = to_onnx(make_pipeline(StandardScaler(), encoder()).fit(TENTHS.to_numpy()))
    if container == "array":
        X = X.to_numpy()
    elif container == "polars":
        X = pytest.importorskip("polars").from_pandas(X.rename(columns={"x": "x0"}))
    else:
        X = pytest.importorskip("pyarrow").Table.from_pandas(X.rename(columns={"x": "x0"}))
    with pytest.raises(TypeError, match="Column 'x0' is float32"):
        feed(X, model)


@pytest.mark.parametrize(
    "step", [MaxAbsScaler(), SimpleImputer(strategy="median")], ids=lambda step: type(step).__name__
)
def test_steps_that_show_that_they_were_fitted_on_float32(step):
    pipeline = make_pipeline(step, encoder()).fit(TENTHS.astype(np.float32))
    with pytest.raises(ValueError, match="Column 'x' is scaled or filled before its last bit counts"):
        to_onnx(pipeline)


def test_bins_alone_are_the_same_in_float32():
    X = TENTHS.astype(np.float32)
    check_indices(make_pipeline(cut(), encoder()).fit(X), X, inputs={"x": "float"})


def test_numbers_to_the_model_may_be_float32():
    X = TENTHS.astype(np.float32).assign(city="a")
    both = columns((encoder(), ["city"]), (StandardScaler(), ["x"]))
    pipeline = make_pipeline(both, RidgeClassifier()).fit(X, TENTHS["x"] > 2)
    found = outputs(to_onnx(pipeline, inputs={"x": "float"}), X)
    np.testing.assert_allclose(found["scores"], pipeline.decision_function(X), atol=1e-5)


def test_a_step_that_makes_one_matrix_makes_doubles():
    pipeline = make_pipeline(FunctionTransformer(validate=True), encoder()).fit(LARGE)
    model = to_onnx(pipeline)
    assert kinds(model) == {"id": "double", "share": "double"}
    check_indices(pipeline, LARGE)
