"""Pipelines with an encoder, converted by skl2onnx."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hybrid_encoder import HybridHashEncoder

skl2onnx = pytest.importorskip("skl2onnx")
pytest.importorskip("onnxruntime")
from skl2onnx.common.data_types import (  # noqa: E402
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int32TensorType,
    Int64TensorType,
    StringTensorType,
    UInt64TensorType,
)

from hybrid_encoder.onnx import register_converter, to_onnx  # noqa: E402
from tests.serving import session  # noqa: E402

ONE = [None, 1]


@pytest.fixture(autouse=True)
def registered():
    register_converter()


def table(n_rows, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "city": [f"city {number}" for number in rng.zipf(1.4, n_rows) % 60],
            "device": rng.zipf(1.4, n_rows) % 40,
            "amount": rng.normal(size=n_rows).astype(np.float32),
        }
    )


X, LATER = table(400, seed=0), table(500, seed=1)
Y = (X["city"].str.len() + X["device"] % 3 + X["amount"] > 8).to_numpy().astype(int)
TYPES = [
    ("city", StringTensorType(ONE)),
    ("device", Int64TensorType(ONE)),
    ("amount", FloatTensorType(ONE)),
]


def one_by_one(X):
    return {name: X[[name]].to_numpy(dtype=object if name == "city" else None) for name in X}


def columns():
    return ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=60), ["city", "device"]),
            ("amount", StandardScaler(), ["amount"]),
        ]
    )


def check(pipeline, types, given, X):
    options = {"zipmap": False}
    running = session(skl2onnx.to_onnx(pipeline, initial_types=types, options=options))
    label, probabilities = running.run(None, given)
    np.testing.assert_array_equal(label, pipeline.predict(X))
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("model", [LogisticRegression(max_iter=500), BernoulliNB()], ids=str)
def test_pipelines(model):
    categories = ["city", "device"]
    pipeline = make_pipeline(HybridHashEncoder(max_features=60), model).fit(X[categories], Y)
    check(pipeline, TYPES[:2], one_by_one(LATER[categories]), LATER[categories])
    pipeline = make_pipeline(columns(), model).fit(X, Y)
    check(pipeline, TYPES, one_by_one(LATER), LATER)


def test_large_integers_in_a_column_transformer_stay_integers():
    large = pd.DataFrame({"id": [2**60 + 1, 2**60 + 2, 2**60 + 3, 5], "share": [0.0, 1.0, 2.0, 3.0]})
    encoder = HybridHashEncoder(top_k=2, n_buckets=50)
    pipeline = make_pipeline(ColumnTransformer([("all", encoder, ["id", "share"])]), BernoulliNB())
    pipeline.fit(large, [0, 1, 0, 1])
    types = [("id", Int64TensorType(ONE)), ("share", DoubleTensorType(ONE))]
    check(pipeline, types, {name: large[[name]].to_numpy() for name in large}, large)


def test_text_columns_in_a_column_transformer():
    texts = LATER.astype({"device": str})[["city", "device"]]
    encoder = HybridHashEncoder(max_features=60)
    pipeline = make_pipeline(ColumnTransformer([("all", encoder, ["device", "city"])]), BernoulliNB())
    pipeline.fit(texts, LATER["amount"] > 0)
    types = [(name, StringTensorType(ONE)) for name in texts]
    check(pipeline, types, {name: texts[[name]].to_numpy(dtype=object) for name in texts}, texts)


def test_the_same_as_to_onnx():
    pipeline = make_pipeline(columns(), LogisticRegression(max_iter=500)).fit(X, Y)
    options = {"zipmap": False}
    converted = skl2onnx.to_onnx(pipeline, initial_types=TYPES, options=options)
    for model in (to_onnx(pipeline, inputs={"amount": "float"}), converted):
        running = session(model)
        label, probabilities = running.run(["label", "probabilities"], one_by_one(LATER))
        np.testing.assert_array_equal(label, pipeline.predict(LATER))
        np.testing.assert_allclose(probabilities, pipeline.predict_proba(LATER), atol=1e-5)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([["a", "b"], ["c", "b"], ["a", "x"]], dtype=object), StringTensorType),
        (np.array([[1, 2], [3, 2], [-1, 7]]), Int64TensorType),
        (np.array([[1, 2], [3, 2], [-1, 7]], dtype=np.int32), Int32TensorType),
        (np.array([[1, 2], [3, 2], [-1, 7]], dtype=np.float32), FloatTensorType),
        (np.array([[1, 2], [3, np.nan], [-1, 7]]), DoubleTensorType),
        (np.array([[True, False], [True, True], [False, True]]), BooleanTensorType),
    ],
    ids=lambda value: getattr(value, "__name__", str(getattr(value, "dtype", ""))),
)
@pytest.mark.parametrize("merged", [True, False], ids=["one-matrix", "one-input-per-column"])
def test_inputs(values, kind, merged):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5, tail_indicator=True).fit(values[:2])
    types, given = [("X", kind([None, 2]))], {"X": values}
    if not merged:
        types = [(f"x{i}", kind(ONE)) for i in range(2)]
        given = {f"x{i}": values[:, [i]] for i in range(2)}
    options = {HybridHashEncoder: {"float32": True}} if kind is FloatTensorType else None
    running = session(skl2onnx.to_onnx(encoder, initial_types=types, options=options))
    np.testing.assert_allclose(running.run(None, given)[0], encoder.transform(values).toarray())


@pytest.mark.parametrize("order", [["city", "device"], ["device", "city"]], ids=str)
@pytest.mark.parametrize("texts", [False, True], ids=["text-and-number", "texts"])
def test_inputs_by_the_names_of_the_columns(order, texts):
    later = LATER[["city", "device"]]
    kind = Int64TensorType
    if texts:
        later, kind = later.assign(device=later["device"].map("city {}".format)), StringTensorType
    encoder = HybridHashEncoder(max_features=60).fit(later)
    types = {"city": StringTensorType(ONE), "device": kind(ONE)}
    model = skl2onnx.to_onnx(encoder, initial_types=[(name, types[name]) for name in order])
    given = {name: later[[name]].to_numpy(dtype=object if texts else None) for name in order}
    given["city"] = later[["city"]].to_numpy(dtype=object)
    found = session(model).run(None, given)[0]
    np.testing.assert_allclose(found, encoder.transform(later).toarray(), rtol=1e-6)


ROWS = np.array([["a", "x"], ["a", "y"], [None, "z"], ["b", "x"], ["", "ü"]], dtype=object)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_hashes": 1},
        {"handle_missing": "ignore"},
        {"tail_indicator": True, "tail_weight": 0.5},
        {"top_k": 2, "n_buckets": 0},
        {"top_k": 0, "n_buckets": 1},
        {"top_k": 0, "n_buckets": 4},
    ],
    ids=str,
)
def test_rows_are_those_of_transform(settings):
    encoder = HybridHashEncoder(**{"top_k": 1, "n_buckets": 5, **settings}).fit(ROWS[:3])
    running = session(skl2onnx.to_onnx(encoder, initial_types=[("X", StringTensorType([None, 2]))]))
    given = np.where(ROWS == None, "<missing>", ROWS)  # noqa: E711
    np.testing.assert_allclose(running.run(None, {"X": given})[0], encoder.transform(ROWS).toarray())


@pytest.mark.parametrize("opset", [13, 15, 18])
def test_older_operators(opset):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).fit(ROWS)
    types = [("X", StringTensorType([None, 2]))]
    running = session(skl2onnx.to_onnx(encoder, initial_types=types, target_opset=opset))
    assert running.run(None, {"X": ROWS[:2]})[0].shape == (2, encoder.n_features_out_)


def test_another_text_for_missing():
    encoder = HybridHashEncoder(top_k=2, n_buckets=5).fit(ROWS)
    types = [("X", StringTensorType([None, 2]))]
    model = skl2onnx.to_onnx(encoder, initial_types=types, options={id(encoder): {"missing": "?"}})
    given = np.array([["?", "x"]], dtype=object)
    expected = encoder.transform([[None, "x"]]).toarray()
    np.testing.assert_allclose(session(model).run(None, {"X": given})[0], expected)


WIDE = HybridHashEncoder(top_k=0, n_buckets=10_000).fit(ROWS)
FRACTIONS = HybridHashEncoder().fit([[0.5], [1]])
WHOLE = HybridHashEncoder(top_k=2, n_buckets=3).fit([[2**24 + 1], [3]])
TEXT = HybridHashEncoder(top_k=1, n_buckets=5).fit(ROWS)


@pytest.mark.parametrize(
    ("encoder", "types", "parameters", "error", "message"),
    [
        (
            WIDE,
            StringTensorType([None, 2]),
            {},
            ValueError,
            "The encoder has 20,000 output columns, and skl2onnx would make dense rows of them. Use "
            "hybrid_encoder.onnx.to_onnx, which makes none; or allow them with "
            "options={HybridHashEncoder: {'max_columns': 20000}}.",
        ),
        (
            FRACTIONS,
            DoubleTensorType(ONE),
            {},
            ValueError,
            "Column 0: 0.5 in the vocabulary has a fraction, and skl2onnx has no operator that looks it "
            "up. Use hybrid_encoder.onnx.to_onnx.",
        ),
        (
            TEXT,
            Int64TensorType([None, 2]),
            {},
            ValueError,
            "Column 0 held texts at fit and cannot have the type 'int64'. Use 'string'.",
        ),
        (
            WHOLE,
            FloatTensorType(ONE),
            {},
            ValueError,
            "Column 0 is a FloatTensorType, in which 0.1 and large integers are other numbers than in "
            "double. Declare a DoubleTensorType or an Int64TensorType; or, if the encoder was fitted on "
            "float32, set options={HybridHashEncoder: {'float32': True}}.",
        ),
        (
            WHOLE,
            FloatTensorType(ONE),
            {"options": {HybridHashEncoder: {"float32": True}}},
            ValueError,
            "Column 0: the type 'float' cannot hold 16777217, which is in the vocabulary. Use 'double'",
        ),
        (
            HybridHashEncoder(top_k=1, n_buckets=3).fit([[2**60 + 1]]),
            DoubleTensorType(ONE),
            {},
            ValueError,
            "Column 0: the type 'double' cannot hold 1152921504606846977, which is in the vocabulary.",
        ),
        (
            HybridHashEncoder(),
            StringTensorType(ONE),
            {},
            NotFittedError,
            "The model, a HybridHashEncoder",
        ),
        (
            WHOLE,
            UInt64TensorType(ONE),
            {},
            TypeError,
            "The encoder does not accept the type UInt64TensorType of the input 'X'. Use StringTensor",
        ),
        (TEXT, StringTensorType([None, 2]), {"target_opset": 12}, ValueError, "needs target_opset=13"),
        (TEXT, StringTensorType([None, 3]), {}, ValueError, "takes 2 columns, and the inputs have 3."),
        (TEXT, StringTensorType([None, 1]), {}, ValueError, "takes 2 columns, and the inputs have 1."),
    ],
    ids=[
        "wide",
        "fractions",
        "kind",
        "float",
        "float32",
        "double",
        "unfitted",
        "unsigned",
        "opset",
        "more",
        "fewer",
    ],
)
def test_errors(encoder, types, parameters, error, message):
    with pytest.raises(error, match=re.escape(message)):
        skl2onnx.to_onnx(encoder, initial_types=[("X", types)], **parameters)


def test_more_columns_can_be_allowed():
    options = {HybridHashEncoder: {"max_columns": 20_000}}
    types = [("X", StringTensorType([None, 2]))]
    model = skl2onnx.to_onnx(WIDE, initial_types=types, options=options)
    given = np.where(ROWS == None, "<missing>", ROWS)  # noqa: E711
    found = session(model).run(None, {"X": given})[0]
    np.testing.assert_allclose(found, WIDE.transform(ROWS).toarray())
