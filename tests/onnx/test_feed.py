import re

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import HybridHashEncoder

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from hybrid_encoder.onnx import feed, to_onnx  # noqa: E402
from tests.serving import outputs, session  # noqa: E402

COLUMNS = {
    "text": ["a", None, "b", "a", "ü"],
    "whole": [1, 2, 3, 2, -7],
    "share": [0.5, None, 2.0, 0.5, 0.25],
}


def test_containers(container):
    X = container(COLUMNS)
    encoder = HybridHashEncoder(top_k=2, n_buckets=7).fit(X)
    found = outputs(to_onnx(encoder), X)["indices"]
    np.testing.assert_array_equal(found, encoder.encode_indices(X))


def test_a_column_that_is_all_missing_in_a_batch():
    encoder = HybridHashEncoder(top_k=2, n_buckets=7).fit(pd.DataFrame(COLUMNS))
    X = pd.DataFrame({"text": [None, None], "whole": [1, 2], "share": [np.nan, np.nan]})
    found = outputs(to_onnx(encoder), X)["indices"]
    np.testing.assert_array_equal(found, encoder.encode_indices(X))


def test_tensors():
    X = pd.DataFrame(COLUMNS)
    model = to_onnx(HybridHashEncoder().fit(X), missing="?", inputs={"share": "float"})
    for model_or_session in (model, session(model)):
        given = feed(X.assign(unneeded=0)[::-1], model_or_session)
        assert list(given) == ["text", "whole", "share"]
        assert given["text"].tolist() == [["ü"], ["a"], ["b"], ["?"], ["a"]]
        assert given["whole"].dtype == np.int64
        assert given["share"].dtype == np.float32
        assert all(column.shape == (5, 1) for column in given.values())


def test_the_table_is_not_changed():
    X = pd.DataFrame({"text": pd.Series(["a", None, "b"] * 100, dtype=object)})
    before = X.copy()
    feed(X, to_onnx(HybridHashEncoder().fit(X)))
    pd.testing.assert_frame_equal(X, before)


def test_error_for_a_model_that_to_onnx_did_not_make():
    model = to_onnx(FITTED)
    del model.metadata_props[:]
    for model_or_session in (model, session(model)):
        with pytest.raises(ValueError, match=r"not made by hybrid_encoder\.onnx\.to_onnx"):
            feed([["a", 1]], model_or_session)


FITTED = HybridHashEncoder().fit(pd.DataFrame({"text": ["a", "b"], "whole": [1, 2]}))


@pytest.mark.parametrize(
    ("X", "parameters", "error", "message"),
    [
        (
            {"text": ["a"]},
            {},
            ValueError,
            "X has no column 'whole', which the model takes. Columns: text.",
        ),
        (
            {"text": ["a", "b"], "whole": [1, None]},
            {},
            ValueError,
            "Column 'whole', row 1: the value is missing, which the input of type 'int64' cannot hold. "
            "Export the model with inputs={'whole': 'double'}.",
        ),
        (
            {"text": ["a", None], "whole": [1, 2]},
            {"missing": None},
            ValueError,
            "Column 'text', row 1: the value is missing, which the input of type 'string' cannot hold. "
            "Export the model with missing='<missing>'.",
        ),
        (
            {"text": ["a", "b"], "whole": [1, 2.5]},
            {},
            ValueError,
            "Column 'whole', row 1: 2.5 is not a whole number, and the input has the type 'int64'. "
            "Export the model with inputs={'whole': 'double'}.",
        ),
        (
            {"text": ["a", "<missing>"], "whole": [1, 2]},
            {},
            ValueError,
            "Column 'text', row 1: the value is the text '<missing>', which stands for missing values "
            "in this model. Export the model with another text: to_onnx(..., missing=...).",
        ),
        ({"text": [1], "whole": [1]}, {}, TypeError, "Column 'text', row 0: 1 is a number"),
        ({"text": ["a"], "whole": ["1"]}, {}, TypeError, "Column 'whole', row 0: '1' is a text"),
        ({"text": [["a"]], "whole": [1]}, {}, TypeError, "Column 'text', row 0: it held single values"),
    ],
    ids=str,
)
def test_errors(X, parameters, error, message):
    with pytest.raises(error, match=re.escape(message)):
        feed(pd.DataFrame(X), to_onnx(FITTED, **parameters))


@pytest.mark.parametrize("missing", ["\0", "a\0", "", "a"])
def test_texts_that_differ_by_a_nul_at_the_end(missing):
    texts = [text for text in ["", "\0", "a", "a\0", "a\0\0"] if text != missing]
    encoder = HybridHashEncoder(top_k=1, n_buckets=50).fit(pd.DataFrame({"x": ["b", "b", "q", None]}))
    X = pd.DataFrame({"x": pd.Series([*texts, None], dtype=object)})
    found = outputs(to_onnx(encoder, missing=missing), X)["indices"]
    np.testing.assert_array_equal(found, encoder.encode_indices(X))
    with pytest.raises(ValueError, match="Column 'x', row 1: the value is the text"):
        feed(pd.DataFrame({"x": ["b", missing]}), to_onnx(encoder, missing=missing))


@pytest.mark.parametrize(
    ("kind", "value", "better"),
    [("double", 2**60 + 1, "int64"), ("float", 0.1, "double"), ("float", 2**24 + 1, "int64")],
    ids=str,
)
def test_error_if_a_type_would_change_a_value(kind, value, better):
    model = to_onnx(HybridHashEncoder().fit(pd.DataFrame({"x": [1, 2]})), inputs={"x": kind})
    message = rf"Column 'x', row 1: .* '{kind}', which cannot hold {value} exactly\. .*'x': '{better}'"
    with pytest.raises(ValueError, match=message):
        feed(pd.DataFrame({"x": [7, value]}), model)
    assert feed(pd.DataFrame({"x": [7, 0.5, np.inf, None]}), model)["x"][:2].tolist() == [[7], [0.5]]


def test_no_rows(container):
    X = container(COLUMNS)
    model = to_onnx(HybridHashEncoder(top_k=2, n_buckets=7).fit(X))
    if isinstance(X, list):  # a list without rows has no columns
        with pytest.raises(ValueError, match="Pass at least one column"):
            feed([], model)
        return
    assert outputs(model, X[:0])["indices"].shape == (0, 3, 2)


def test_bytes_and_other_types():
    model = to_onnx(FITTED)
    X = pd.DataFrame({"text": ["a"], "whole": [1]})
    assert feed(X, model.SerializeToString()) == feed(X, model)
    with pytest.raises(TypeError, match=r"model must be made by to_onnx: .*; got int\."):
        feed(X, 3)
