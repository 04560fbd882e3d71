"""Encode rows on executors, in batches of Arrow arrays."""

import copy
import functools
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column
from pyspark.sql import types as T
from pyspark.sql.functions import arrow_udf

from .._encoder import HybridHashEncoder

Output = Literal["vector", "arrays"]

_ARRAYS = T.StructType(
    [
        T.StructField("indices", T.ArrayType(T.IntegerType(), containsNull=False)),
        T.StructField("values", T.ArrayType(T.DoubleType(), containsNull=False)),
    ]
)


def encoding(encoder: HybridHashEncoder, output: Output) -> Callable[..., Column]:
    """A Spark function that encodes a column of structs of cells; it takes this column twice."""
    served = _served(encoder)

    def encode(cells: pa.Array, _: pa.Array) -> pa.Array:
        return _encode(_unpickled(served), cells, output)

    # Spark reads the kind of function from its annotations; PySpark's stubs require an argument for it.
    return arrow_udf(encode, VectorUDT() if output == "vector" else _ARRAYS)  # type: ignore[call-overload]


def _served(encoder: HybridHashEncoder) -> bytes:
    """A pickle of the encoder as executors need it: without counts and without user functions."""
    served = copy.copy(encoder)
    served.set_params(importance="frequency", feature_name_combiner="concat", n_jobs=1)
    settings = replace(encoder._fitted.settings, importance="frequency")
    served._fitted = replace(encoder._fitted, settings=settings, importance="frequency", histories=None)
    return cloudpickle.dumps(served)  # cloudpickle also pickles classes of a notebook


@functools.lru_cache(maxsize=4)
def _unpickled(served: bytes) -> HybridHashEncoder:
    """The encoder, unpickled once per Python process of an executor."""
    return pickle.loads(served)


def _encode(encoder: HybridHashEncoder, cells: pa.StructArray, output: Output) -> pa.StructArray:
    """Encode the rows of a batch, with the arrays of the CSR matrix as Spark's arrays."""
    names = encoder.feature_names_in_.tolist()
    rows = encoder._encode(pa.RecordBatch.from_arrays(cells.flatten(), names))
    offsets = pa.array(rows.indptr, pa.int32())
    indices = _lists(offsets, pa.array(rows.indices, pa.int32()))
    values = _lists(offsets, pa.array(rows.data.astype(np.float64, copy=False)))
    if output == "arrays":
        return pa.StructArray.from_arrays([indices, values], ["indices", "values"])
    sparse = pa.array(np.zeros(len(cells), dtype=np.int8))  # Spark ML's code for a sparse vector
    size = pa.array(np.full(len(cells), rows.shape[1], dtype=np.int32))
    parts = {"type": sparse, "size": size, "indices": indices, "values": values}
    # Some releases of Arrow do not accept nullable arrays for fields that are not nullable.
    fields = [pa.field(name, part.type, nullable=name != "type") for name, part in parts.items()]
    return pa.StructArray.from_arrays(list(parts.values()), fields=fields)


def _lists(offsets: pa.Array, elements: pa.Array) -> pa.ListArray:
    kind = pa.list_(pa.field("element", elements.type, nullable=False))
    return pa.ListArray.from_arrays(offsets, elements, type=kind)
