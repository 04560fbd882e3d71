"""The service of examples/service: answers, refusals, and clients that share a pipeline."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from fastapi.exceptions import RequestValidationError

from examples.service.app import MOST_ROWS, routes
from examples.service.app import load as load_pipeline
from examples.service.clients import get, load, post, running

# pydantic keeps "model_..." for itself, and has no fields with a space or a leading underscore.
ROW = {"carrier": "UA", "hour": 5, "model_config": "A320", "_the gate": "B12"}


@pytest.fixture(scope="module")
def pipeline():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "carrier": rng.choice(["UA", "AA", "B6"], 400),
            "hour": rng.integers(5, 23, 400),
            "model_config": rng.choice([f"A{number}" for number in range(300, 360)], 400),
            "_the gate": rng.choice(["A1", "B12"], 400),
        }
    )
    encoder = HybridHashEncoder(max_features=40)
    return make_pipeline(encoder, LogisticRegression()).fit(X, X["hour"] > 12)


def saved(pipeline, folder):
    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps(pipeline))
    return path


@pytest.fixture(scope="module")
def port(pipeline, tmp_path_factory):
    """Of a server that answers while this file's tests run."""
    with running(saved(pipeline, tmp_path_factory.mktemp("model"))) as port:
        yield port


@pytest.fixture
def probability(pipeline):
    """What the pipeline itself answers to a DataFrame of one row."""
    return lambda row: pipeline.predict_proba(pd.DataFrame([row], columns=list(ROW)))[0, 1]


def without(name):
    return {key: value for key, value in ROW.items() if key != name}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(ROW, id="known"),
        pytest.param(dict(reversed(ROW.items())), id="in another order"),
        pytest.param(ROW | {"carrier": "never seen"}, id="unseen text"),
        pytest.param(ROW | {"hour": -7}, id="unseen number"),
        pytest.param(ROW | {"hour": 5.0}, id="a float that is whole"),
        pytest.param(ROW | {"carrier": None}, id="missing text"),
        pytest.param(ROW | {"hour": None}, id="missing number"),
    ],
)
def test_a_row_is_answered_as_by_the_pipeline(port, probability, row):
    assert post(port, "/predict", row) == (200, {"probability": probability(row)})


def test_not_a_number_is_missing(port, probability):
    _, answer = post(port, "/predict", ROW | {"hour": float("nan")})  # NaN, as Python writes it
    assert answer == {"probability": probability(ROW | {"hour": None})}


def test_a_batch_is_answered_row_by_row(port, probability):
    rows = [ROW, ROW | {"carrier": None}, ROW | {"hour": 99}]
    status, answer = post(port, "/predict/batch", rows)
    assert status == 200
    assert answer["probabilities"] == pytest.approx([probability(row) for row in rows], abs=1e-12)


NO_OBJECT = "Send an object of columns and values"
REFUSED = {
    "no column": (without("hour"), "Column 'hour' is missing. Send null"),
    "nothing in it": ({}, "Column 'carrier' is missing. Send null"),
    "unknown column": (
        ROW | {"x": 1},
        "Column 'x' is not one of the model's, and has the value 1.",
    ),
    "unknown, not a number": (ROW | {"x": float("nan")}, "has the value nan. Leave it out."),
    "a field's name": (ROW | {"column_0": "UA"}, "Column 'column_0' is not one of the model's"),
    "text for a number": (ROW | {"hour": "noon"}, "Column 'hour', row 0: 'noon' is a text"),
    "a number as text": (ROW | {"hour": "5"}, "Convert it with .astype(float)"),
    "a number for text": (ROW | {"carrier": 7}, "Column 'carrier', row 0: 7 is a number"),
    "a boolean for text": (ROW | {"carrier": True}, "Column 'carrier', row 0: 1 is a number"),
    "a list": (
        ROW | {"hour": [5]},
        "Column 'hour', row 0: it held single values at fit and holds",
    ),
    "an empty list": (ROW | {"carrier": []}, "Column 'carrier', row 0: it held single values"),
    "an object": (ROW | {"carrier": {"a": 1}}, "Column 'carrier', row 0: {'a': 1} is a dict"),
    "a number too large": (ROW | {"hour": 10**30}, f"Column 'hour', row 0: {10**30} is outside"),
    "half a pair": (ROW | {"carrier": "\ud800"}, r"Column 'carrier', row 0: '\ud800' holds a lone"),
    "half a pair for a name": (ROW | {"\ud800": 1}, "unable to parse raw data as a unicode string"),
    "a long value": (ROW | {"x": "x" * 10_000}, "x" * 70 + "..."),
    "no body": (b"", f"The body is missing. {NO_OBJECT}"),
    "half of the JSON": (b'{"hour": 5, "carr', "The body is not JSON: Unterminated string"),
    "no UTF-8": (b"\xff\xfe", "The body is not JSON"),
    "null": (None, NO_OBJECT),
    "a list of rows": ([ROW], NO_OBJECT),
    "a number": (5, f"The body is 5. {NO_OBJECT}"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_row_that_cannot_be_right_is_refused(port, content, message):
    status, answer = post(port, "/predict", content)
    assert status == 422
    assert message in answer["detail"][0]["msg"]


@pytest.mark.parametrize(
    "body", [pytest.param(b"[" * 100_000, id="deep"), pytest.param(b"1" * 10_000, id="10,000 digits")]
)
def test_a_body_that_cannot_be_parsed_is_refused(port, body):
    status, _ = post(port, "/predict", body)
    assert 400 <= status < 500


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([], "at least 1 item", id="no row"),
        pytest.param([ROW] * (MOST_ROWS + 1), f"at most {MOST_ROWS} items", id="too many rows"),
        pytest.param(ROW, "a list of these to /predict/batch", id="a row, not a list"),
        pytest.param([ROW, 5], f"Row 1 is 5. {NO_OBJECT}", id="no row but a number"),
        pytest.param([ROW, without("hour")], "Column 'hour' is missing", id="no column"),
        pytest.param([ROW, ROW | {"hour": "noon"}], "Column 'hour', row 1: 'noon'", id="text"),
    ],
)
def test_a_batch_that_cannot_be_right_is_refused(port, rows, message):
    status, answer = post(port, "/predict/batch", rows)
    assert status == 422
    assert message in answer["detail"][0]["msg"]


def test_a_refusal_says_where(port):
    _, answer = post(port, "/predict/batch", [ROW, without("hour")])
    assert answer["detail"][0]["loc"] == ["body", 1, "hour"]


def test_missing_values_that_the_encoder_refuses(tmp_path):
    X = pd.DataFrame([ROW, ROW | {"hour": 20}])
    strict = make_pipeline(HybridHashEncoder(handle_missing="error"), LogisticRegression())
    with running(saved(strict.fit(X, [0, 1]), tmp_path)) as port:
        assert post(port, "/predict", ROW)[0] == 200
        status, answer = post(port, "/predict", ROW | {"hour": None})
    assert status == 422
    assert "'hour'" in answer["detail"][0]["msg"]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_a_model_that_does_not_fit_its_encoder_is_not_the_callers_fault(pipeline):
    broken = pickle.loads(pickle.dumps(pipeline))
    broken[-1].coef_ = broken[-1].coef_[:, :-1]
    predict = next(route.endpoint for route in routes(broken).routes if route.path == "/predict/batch")
    row = SimpleNamespace(**{f"column_{number}": value for number, value in enumerate(ROW.values())})
    with pytest.raises(ValueError) as failure:  # noqa: PT011
        predict([row])
    assert not isinstance(failure.value, RequestValidationError)


@pytest.mark.parametrize("batch_size", [None, 6])
def test_threads_get_the_answers_that_one_gets(port, batch_size):
    rows = [ROW | {"hour": number % 30, "carrier": f"C{number % 7}"} for number in range(60)]
    if batch_size is None:
        route, contents = "/predict", rows
    else:
        route = "/predict/batch"
        contents = [rows[start : start + batch_size] for start in range(0, len(rows), batch_size)]
    alone = [post(port, route, content) for content in contents]
    assert {status for status, _ in alone} == {200}
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda content: post(port, route, content), contents * 3))
    assert together == alone * 3


def test_a_load_keeps_the_order_of_its_rows(port, probability):
    rows = [ROW | {"hour": hour} for hour in range(5, 22)]
    found = load(port, rows, n_clients=3)
    assert found.statuses == [200] * len(rows)
    assert [answer["probability"] for answer in found.answers] == [probability(row) for row in rows]
    assert max(found.seconds) <= found.wall


def test_health(port, pipeline):
    status, health = get(port, "/health")
    assert (status, health["status"], health["columns"]) == (200, "ok", list(ROW))
    assert health["format_version"] == pipeline[0].format_version_
    assert health["scikit_learn"] == sklearn.__version__


def test_the_schema_names_the_columns(port):
    _, schema = get(port, "/openapi.json")
    row = schema["components"]["schemas"]["Row"]
    assert list(row["properties"]) == row["required"] == list(ROW)
    assert row["additionalProperties"] is False


def test_a_model_of_another_scikit_learn_is_refused_at_the_start(pipeline, tmp_path):
    version = sklearn.__version__.encode()
    path = saved(pipeline, tmp_path)
    path.write_bytes(path.read_bytes().replace(version, b"0" * len(version)))
    with pytest.raises(InconsistentVersionWarning):
        load_pipeline(path)
    with pytest.raises(RuntimeError, match="InconsistentVersionWarning"), running(path):
        pass


def test_a_server_ends_though_its_user_fails(pipeline, tmp_path):
    ports = []

    def fail():
        with running(saved(pipeline, tmp_path)) as port:
            ports.append(port)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(ConnectionRefusedError):
        get(*ports, "/health")


def test_a_server_ends_when_its_time_is_over(pipeline, tmp_path):
    path = saved(pipeline, tmp_path)
    with pytest.raises(RuntimeError, match="did not start"), running(path, longest=0):
        pass
