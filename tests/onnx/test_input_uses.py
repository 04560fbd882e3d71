"""Types of input columns, from what an encoder or a model needs."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MaxAbsScaler, StandardScaler

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


def binning():
    return KBinsDiscretizer(6, encode="ordinal", strategy="uniform", subsample=None)


def types(model):
    names = {1: "float", 7: "int64", 8: "string", 11: "double"}
    return {column.name: names[column.type.tensor_type.elem_type] for column in model.graph.input}


def check_indices(pipeline, X, **parameters):
    found = outputs(to_onnx(pipeline, **parameters), X)["indices"]
    expected = pipeline[-1].encode_indices(pipeline[:-1].transform(X))
    np.testing.assert_array_equal(found, expected)


def columns(*transformers):
    named = [(f"step{number}", *one) for number, one in enumerate(transformers)]
    return ColumnTransformer(named, verbose_feature_names_out=False)


@pytest.mark.parametrize("step", [StandardScaler(), "passthrough"], ids=str)
@pytest.mark.parametrize("direction", [1, -1], ids=["encoder-first", "number-first"])
def test_large_integers_that_another_step_uses_as_numbers_are_int64(step, direction):
    transformers = [(encoder(), ["id"]), (step, ["id", "share"])]
    pipeline = make_pipeline(columns(*transformers[::direction]), RidgeClassifier()).fit(LARGE, Y)
    model = to_onnx(pipeline)
    assert types(model) == {"id": "int64", "share": "double"}
    found = outputs(model, LARGE)
    np.testing.assert_array_equal(found["label"], pipeline.predict(LARGE))
    np.testing.assert_allclose(found["scores"], pipeline.decision_function(LARGE), rtol=1e-9)


def test_a_column_is_double_if_one_of_two_encoders_needs_it():
    X = pd.DataFrame({"x": [1, 1, 1, 0.5, 0.25]})
    pipeline = make_pipeline(
        columns((HybridHashEncoder(top_k=1, n_buckets=5), ["x"]), (encoder(), ["x"])), RidgeClassifier()
    )
    model = to_onnx(pipeline.fit(X, [0, 0, 0, 1, 1]))
    assert types(model) == {"x": "double"}


@pytest.mark.parametrize(
    ("X", "inputs", "message"),
    [
        (
            {"x": pd.array([2**60 + 1, 2**60 + 1, None, 7], dtype="Int64")},
            {},
            "Column 'x': the type 'double' cannot hold 1152921504606846977, which is in the vocabulary. "
            "Use 'int64', if no value will be missing or have a fraction: inputs={'x': 'int64'}. Or fit",
        ),
        (
            {"x": [2**24 + 1, 3]},
            {"x": "float"},
            "Column 'x': the type 'float' cannot hold 16777217, which is in the vocabulary. Use 'double'"
            ": inputs={'x': 'double'}.",
        ),
        (
            {"x": [0.1, 0.5]},
            {"x": "float"},
            "Column 'x': the type 'float' cannot hold 0.1, which is in the vocabulary. Use 'double': ",
        ),
        (
            {"x": [1.5, 2]},
            {"x": "int64"},
            "Column 'x': the type 'int64' cannot hold 1.5, which is in the vocabulary. Use 'double': ",
        ),
    ],
    ids=["double", "float-whole", "float-fraction", "int64"],
)
def test_error_if_a_type_cannot_hold_the_vocabulary(X, inputs, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        to_onnx(encoder().fit(pd.DataFrame(X)), inputs=inputs)


def test_error_if_integers_beyond_int64_are_used_as_numbers():
    X = pd.DataFrame({"id": np.array([2**63 + 1, 2**63 + 1, 7, 8], dtype=np.uint64)})
    both = make_pipeline(columns((encoder(), ["id"]), (MaxAbsScaler(), ["id"])), RidgeClassifier())
    message = r"Column 'id': the type 'int64' cannot hold 9223372036854775809, .* Pass the column twice:"
    with pytest.raises(ValueError, match=message):
        to_onnx(both.fit(X, [0, 0, 1, 1]))
    small = X.assign(id=np.array([7, 7, 8, 8]))
    model = to_onnx(both.fit(small, [0, 0, 1, 1]))
    message = (
        r"Column 'id', row 0: 9223372036854775809 is too large for 'int64' .* Pass the column twice:"
    )
    with pytest.raises(ValueError, match=message):
        feed(X, model)


def test_columns_in_one_matrix_with_fractions_are_double():
    pipeline = make_pipeline(columns(("passthrough", ["id", "share"])), encoder()).fit(LARGE)
    model = to_onnx(pipeline)
    assert types(model) == {"id": "double", "share": "double"}
    check_indices(pipeline, LARGE)
    with pytest.raises(ValueError, match="Column 'id' reaches the encoder as a double, in one NumPy"):
        to_onnx(pipeline, inputs={"id": "int64"})


@pytest.mark.parametrize(
    ("transformers", "output"),
    [
        ([("passthrough", ["id"]), (binning(), ["share"])], "pandas"),
        ([("passthrough", ["id", "text"])], "default"),
        ([("passthrough", ["id"]), ("passthrough", ["other"])], "default"),
        ([("passthrough", ["id"]), (MissingIndicator(features="all"), ["share"])], "default"),
    ],
    ids=["dataframe", "text", "integers", "indicator"],
)
def test_integers_before_an_encoder_are_int64(transformers, output):
    X = LARGE.assign(text="a", other=LARGE["id"] + 2)
    before = columns(*transformers).set_output(transform=output)
    pipeline = make_pipeline(before, encoder()).fit(X)
    assert types(to_onnx(pipeline))["id"] == "int64"
    check_indices(pipeline, X)


def test_bins_in_one_matrix_make_doubles():
    both = columns(("passthrough", ["id"]), (binning(), ["share"]))
    pipeline = make_pipeline(both, encoder()).fit(LARGE)
    assert types(to_onnx(pipeline)) == {"id": "double", "share": "double"}
    check_indices(pipeline, LARGE)


@pytest.mark.parametrize("fill", [None, 0.9], ids=["bins", "imputed"])
def test_binned_float32_columns(fill):
    X = TENTHS.astype(np.float32)
    steps = [binning()]
    if fill is not None:
        X.loc[3] = np.nan
        steps = [SimpleImputer(strategy="constant", fill_value=np.float32(fill)), binning()]
    check_indices(make_pipeline(*steps, encoder()).fit(X), X, inputs={"x": "float"})


def test_numbers_to_the_model_may_be_float32():
    X = TENTHS.astype(np.float32).assign(city="a")
    both = columns((encoder(), ["city"]), (StandardScaler(), ["x"]))
    pipeline = make_pipeline(both, RidgeClassifier()).fit(X, TENTHS["x"] > 2)
    found = outputs(to_onnx(pipeline, inputs={"x": "float"}), X)
    np.testing.assert_allclose(found["scores"], pipeline.decision_function(X), atol=1e-5)
