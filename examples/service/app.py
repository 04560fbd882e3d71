"""A small service that predicts over HTTP with a pickled pipeline.

    MODEL=model.pkl uvicorn --factory app:from_environment --workers 2

Copy this file and change it. The pipeline must be fitted on a DataFrame, and its first step must encode
all columns. A request has the names of the columns: POST /predict takes one row,
{"carrier": "UA", "hour": 17, ...}, and POST /predict/batch takes a list of rows. GET /health returns the
columns and the versions, and GET /docs documents the service.

Loading a pickle runs the code in it: load only files that you trust.
"""

import os
import pickle
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import sklearn
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, create_model
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

import hybrid_encoder

MOST_ROWS = 1_000  # in a batch: a longer one delays other requests
REMEDY = "Send an object of columns and values (a list of these to /predict/batch), as application/json."


def from_environment() -> FastAPI:
    """Return the service of the pickle that the environment variable MODEL names."""
    return service(Path(os.environ["MODEL"]))


def service(path: Path) -> FastAPI:
    """Return the service of a pickled pipeline, which it loads once, at the start."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Rows are lists in the order of the columns; scikit-learn cannot check this order.
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        pipeline = load(path)
        warm_up(pipeline)
        app.include_router(routes(pipeline))
        yield

    app = FastAPI(title="Late flights", version=hybrid_encoder.__version__, lifespan=lifespan)
    app.add_exception_handler(RequestValidationError, refuse)
    return app


def load(path: Path) -> Pipeline:
    """Load a pipeline; raise if it was pickled with another version of scikit-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        return pickle.loads(path.read_bytes())


def warm_up(pipeline: Pipeline) -> None:
    """Predict a row of missing values: the first call imports libraries, which takes time."""
    with suppress(TypeError, ValueError):  # if the encoder raises for missing values
        pipeline.predict_proba([[None] * pipeline.n_features_in_])


def routes(pipeline: Pipeline) -> APIRouter:
    """Return the routes of the service.

    Threads may share the pipeline, because predictions do not change it. Encoding one row takes less
    time than starting a thread, so the event loop answers it; a batch runs in a thread.
    """
    names = pipeline.feature_names_in_.tolist()
    encoder, classifier = pipeline[:-1], pipeline[-1]
    # pydantic accepts any value, because the encoder checks them and has better messages. The fields are
    # numbered, because pydantic does not allow every column name as the name of a field.
    fields: dict[str, Any] = {
        f"column_{number}": (Any, Field(alias=name)) for number, name in enumerate(names)
    }
    Row = create_model("Row", __config__=ConfigDict(extra="forbid"), **fields)
    Rows = Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)]

    def probabilities(rows: Sequence[BaseModel]) -> list[float]:
        cells = [[getattr(row, field) for field in fields] for row in rows]
        try:
            encoded = encoder.transform(cells)
        except (TypeError, ValueError) as error:
            problem = {"type": "value_error", "loc": ("body",), "msg": str(error)}
            raise RequestValidationError([problem]) from error
        return classifier.predict_proba(encoded)[:, 1].tolist()

    router = APIRouter()

    @router.post("/predict")
    async def predict(row: Row) -> dict[str, float]:
        """The probability of the second class, for one row."""
        return {"probability": probabilities([row])[0]}

    @router.post("/predict/batch")
    def predict_batch(rows: Rows) -> dict[str, list[float]]:
        """The same for every row of a list."""
        return {"probabilities": probabilities(rows)}

    @router.get("/health")
    async def health() -> dict[str, Any]:
        """The columns, and the versions of the libraries."""
        return {
            "status": "ok",
            "columns": names,
            "hybrid_encoder": hybrid_encoder.__version__,
            "format_version": getattr(pipeline[0], "format_version_", None),
            "scikit_learn": sklearn.__version__,
        }

    return router


async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    """Describe the errors of a request, with remedies, in the form that /docs documents."""
    detail = [
        {
            "type": problem["type"],
            "loc": list(map(encodable, problem["loc"])),
            "msg": encodable(message(problem)),
        }
        for problem in error.errors()
    ]
    return JSONResponse({"detail": detail}, status_code=422)


def message(problem: dict[str, Any]) -> str:
    """Return a message with the column, the value and a remedy."""
    place = f"Column {problem['loc'][-1]!r}" if len(problem["loc"]) > 1 else "The body"
    if isinstance(problem["loc"][-1], int):
        place = f"Row {problem['loc'][-1]}"
    match problem["type"]:
        case "value_error":
            return problem["msg"]
        case "missing" if place.startswith("Column"):
            return f"{place} is missing. Send null where there is no value."
        case "missing":
            return f"{place} is missing. {REMEDY}"
        case "extra_forbidden":
            value = shown(problem["input"])
            return f"{place} is not one of the model's, and has the value {value}. Leave it out."
        case "json_invalid":
            why = problem["ctx"]["error"]
            return f"The body is not JSON: {why}, at character {problem['loc'][-1]}. {REMEDY}"
        case "model_attributes_type" | "model_type" | "list_type":
            return f"{place} is {shown(problem['input'])}. {REMEDY}"
    return f"{place} cannot be read: {problem['msg']}."


def shown(value: object) -> str:
    """Return a value as text of at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def encodable(text: str | int) -> str | int:
    """Escape lone surrogates, which UTF-8 cannot encode."""
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else text
