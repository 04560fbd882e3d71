"""Containers of tables, built from the same plain columns; axes of matplotlib."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from numpy.typing import NDArray

try:
    import polars as pl
except ImportError:
    pl = None
try:
    import pyarrow as pa
except ImportError:
    pa = None

settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("default")

Columns = dict[str, list[Any]]


def is_text(values: list[Any]) -> bool:
    return any(isinstance(value, str) for value in values)


def holds_lists(values: list[Any]) -> bool:
    return any(isinstance(value, list) for value in values)


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """A one-dimensional array of Python objects, which may be lists."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def pandas_object(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def pandas_default(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


NULLABLE = {str: "string", bool: "boolean", int: "Int64", float: "Float64"}


def pandas_nullable(columns: Columns) -> pd.DataFrame:
    kinds = {
        name: next((type(value) for value in values if value is not None), None)
        for name, values in columns.items()
    }
    dtypes = {name: NULLABLE[kind] for name, kind in kinds.items() if kind in NULLABLE}
    return pandas_object(columns).astype(dtypes)


def pandas_string(columns: Columns) -> pd.DataFrame:
    frame = pandas_object(columns)
    return frame.astype({name: "string[python]" for name, values in columns.items() if is_text(values)})


def pandas_arrow(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values)))
            for name, values in columns.items()
        }
    )


def pandas_categorical(columns: Columns) -> pd.DataFrame:
    return pandas_object(columns).astype(
        {name: "category" for name, values in columns.items() if not holds_lists(values)}
    )


def polars_frame(columns: Columns) -> Any:
    return pl.DataFrame(columns, strict=False)


def polars_categorical(columns: Columns) -> Any:
    frame = pl.DataFrame(columns, strict=False)
    return frame.with_columns(
        pl.col(name).cast(pl.Categorical)
        for name, values in columns.items()
        if is_text(values) and not holds_lists(values)
    )


def arrow_table(columns: Columns) -> Any:
    return pa.table(columns)


def arrow_batch(columns: Columns) -> Any:
    return pa.RecordBatch.from_pydict(columns)


def polars_enum(columns: Columns) -> Any:
    frame = pl.DataFrame(columns, strict=False)
    return frame.with_columns(
        pl.col(name).cast(pl.Enum(sorted({value for value in values if value is not None})))
        for name, values in columns.items()
        if is_text(values) and not holds_lists(values)
    )


def arrow_dictionary(columns: Columns) -> Any:
    arrays = {
        name: pa.array(values) if holds_lists(values) else pa.array(values).dictionary_encode()
        for name, values in columns.items()
    }
    return pa.table(arrays)


def arrow_chunked(columns: Columns) -> Any:
    table = pa.table(columns)
    middle = table.num_rows // 2
    return pa.concat_tables([table.slice(0, middle), table.slice(middle)])


def array(columns: Columns) -> NDArray[np.object_]:
    cells = np.empty((len(next(iter(columns.values()))), len(columns)), dtype=object)
    for number, values in enumerate(columns.values()):
        cells[:, number] = objects(values)
    return cells


def rows(columns: Columns) -> list[list[Any]]:
    return [list(row) for row in zip(*columns.values(), strict=True)]


NEEDS_PYARROW = {
    pandas_arrow,
    arrow_table,
    arrow_batch,
    arrow_dictionary,
    arrow_chunked,
    polars_categorical,
    polars_enum,
}
NEEDS_POLARS = {polars_frame, polars_categorical, polars_enum}
CONTAINERS: list[Callable[[Columns], Any]] = [
    pandas_object,
    pandas_default,
    pandas_nullable,
    pandas_string,
    pandas_arrow,
    pandas_categorical,
    polars_frame,
    polars_categorical,
    polars_enum,
    arrow_table,
    arrow_batch,
    arrow_dictionary,
    arrow_chunked,
    array,
    rows,
]


def available(build: Callable[[Columns], Any]) -> bool:
    return not ((pa is None and build in NEEDS_PYARROW) or (pl is None and build in NEEDS_POLARS))


@pytest.fixture(
    params=[
        pytest.param(
            build,
            id=build.__name__,
            marks=pytest.mark.skipif(not available(build), reason="polars or pyarrow is not installed"),
        )
        for build in CONTAINERS
    ]
)
def container(request: pytest.FixtureRequest) -> Callable[[Columns], Any]:
    """A function from plain columns to a table."""
    return request.param


@pytest.fixture(params=[pytest.param(False, id="arrow"), pytest.param(True, id="no-arrow")])
def without_arrow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a test a second time as if pyarrow were not installed."""
    if request.param:
        monkeypatch.setattr("hybrid_encoder._input.text.pa", None)
    elif pa is None:
        pytest.skip("pyarrow is not installed")
    return request.param


@pytest.fixture
def axes() -> Iterator[Any]:
    """Axes of matplotlib; the test is skipped if it is not installed."""
    with warnings.catch_warnings():
        # The lowest supported matplotlib calls deprecated functions of pyparsing.
        warnings.simplefilter("ignore", DeprecationWarning)
        pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    yield pyplot.subplots()[1]
    pyplot.close("all")
