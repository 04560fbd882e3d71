"""Open any container as a table, and take its columns in the form that is quickest to read.

pandas frames are read natively, every other dataframe (polars, Arrow, ...) through narwhals, arrays
and lists of rows through NumPy.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from . import text as _text

_ENGINES = {"dask": "dask", "pyspark": "spark"}  # their frames are not in memory


class Frame:
    """A narwhals DataFrame with the attributes that pandas frames and arrays have."""

    ndim = 2

    def __init__(self, frame: "nw.DataFrame[Any]") -> None:
        self.frame = frame
        self.shape = frame.shape


Table: TypeAlias = pd.DataFrame | NDArray[Any] | Frame


def open_table(X: Any, least_rows: int = 1) -> Table:
    """Open a two-dimensional container.

    Parameters
    ----------
    X : dataframe or array-like of shape (n_samples, n_features)
        Any container.
    least_rows : int, default=1
        Minimum number of rows.

    Raises
    ------
    TypeError
        If `X` is sparse, lazy, distributed, or a list of dicts.
    ValueError
        If `X` is not two-dimensional, or has too few rows or no column.
    """
    table = _as_table(X)
    if table.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {table.ndim}D array instead. Reshape your data using "
            "X.reshape(-1, 1) (a Series: X.to_frame()) if it has a single feature or "
            "X.reshape(1, -1) if it is a single sample."
        )
    n_rows, n_columns = table.shape
    if n_rows < least_rows:
        raise ValueError(
            f"Found array with 0 sample(s) (shape=({n_rows}, {n_columns})) while a minimum of 1 is "
            "required. Pass at least one row."
        )
    if n_columns == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 1 is required. "
            "Pass at least one column."
        )
    return table


def _as_table(X: Any) -> Table:
    if isinstance(X, np.matrix):
        raise TypeError("np.matrix is not supported. Convert it with np.asarray(X).")
    if isinstance(X, pd.DataFrame | np.ndarray) and not isinstance(X, np.ma.MaskedArray):
        return X
    if isinstance(X, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(X), np.array(None), X.data.astype(object))
    if sp.issparse(X):
        raise TypeError(
            "Sparse data was passed, but dense data is required. Use '.toarray()' to convert to a "
            "dense numpy array."
        )
    if isinstance(X, list | tuple):
        return _from_rows(X)
    if _text.pa is not None and isinstance(X, _text.pa.RecordBatch):
        X = _text.pa.Table.from_batches([X])
    engine = _ENGINES.get(type(X).__module__.partition(".")[0])
    if engine is not None:
        raise TypeError(
            f"X is a distributed {type(X).__name__}: use hybrid_encoder.{engine}.fit(encoder, X) and "
            ".transform(encoder, X)."
        )
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return Frame(frame)
    if hasattr(X, "collect"):
        raise TypeError(f"X is a lazy {type(X).__name__}: collect it first, with X.collect().")
    return np.asarray(X)


def _from_rows(rows: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    """Rows as an object array; cells may be lists."""
    if not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        odd = next(row for row in rows if not isinstance(row, list | tuple | np.ndarray))
        if isinstance(odd, dict):
            raise TypeError(f"X is a list of dicts such as {odd!r}: pass pandas.DataFrame(X).")
        return np.empty(len(rows), dtype=object)  # one-dimensional: open_table raises
    width = len(rows[0]) if rows else 0
    cells = np.empty((len(rows), width), dtype=object)
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(
                f"Row {i} has {len(row)} cells and row 0 has {width}: every row of X needs one cell "
                "per column."
            )
        for j, cell in enumerate(row):
            cells[i, j] = cell
    return cells


def native(table: Table) -> Any:
    """The container itself, from which scikit-learn reads column names."""
    return table.frame.to_native() if isinstance(table, Frame) else table


def feature_names(table: Table) -> NDArray[np.object_] | None:
    """Names of the columns; None if they have none.

    Raises
    ------
    TypeError
        If some names are strings and others are not.
    """
    # scikit-learn applies its rule for names to an estimator, and stores them in it.
    estimator = BaseEstimator()
    validate_data(estimator, native(table), reset=True, skip_check_array=True)
    return getattr(estimator, "feature_names_in_", None)


def feature_names_out(names: NDArray[Any] | None, n_columns: int) -> list[str]:
    """Names of the columns; x0, x1, ... if they have none, as in scikit-learn."""
    return [f"x{number}" for number in range(n_columns)] if names is None else names.tolist()


def raw_columns(table: Table) -> list[Any]:
    """The columns, each as a pandas, NumPy, Arrow or narwhals array that can be sliced."""
    if isinstance(table, Frame):
        if 0 < table.shape[0] <= _text.FEW:
            return list(_from_rows(table.frame.rows()).T)
        return [table.frame[name] for name in table.frame.columns]
    if isinstance(table, pd.DataFrame):
        few = _objects(table) if table.shape[0] <= _text.FEW else None
        return [series.array for _, series in table.items()] if few is None else list(few.T)
    return list(table.T)


def cells(table: Table) -> Sequence[Sequence[Any]] | None:
    """All cells as Python objects, row by row; None if a column cannot be converted."""
    if isinstance(table, Frame):
        return table.frame.rows()
    if isinstance(table, pd.DataFrame) and len(table) == 1:
        # Twice as fast as an array of objects (benchmarks/latency.py).
        return [[table.iat[0, number] for number in range(table.shape[1])]]
    array = _objects(table) if isinstance(table, pd.DataFrame) else table
    # tolist() would convert NumPy's times in nanoseconds to integers.
    return None if array is None or array.dtype.kind in "mM" else array.tolist()


def _objects(table: pd.DataFrame) -> NDArray[np.object_] | None:
    try:
        return table.to_numpy(dtype=object)
    except NotImplementedError:  # pandas cannot convert string views with nulls
        return None
