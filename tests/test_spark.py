"""What Spark fits and encodes is what is fitted and encoded in memory."""

import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from tests.fitted import fitted
from tests.java import why_no_spark

if why_no_spark():
    pytest.skip(why_no_spark(), allow_module_level=True)

import pyarrow as pa
from pyspark.ml.classification import LogisticRegression
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from hybrid_encoder import spark as spark_encoder

# PySpark says so wherever it meets pandas 3, whatever it is asked to do.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A small Spark of this process, which listens to nobody else and leaves nothing behind."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYSPARK_DRIVER_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        for variable in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "SPARK_HOME", "SPARK_CONF_DIR"):
            patch.delenv(variable, raising=False)
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master("local[2]").appName("hybrid_encoder")
        session = builder.config(map=settings).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


# Columns of all types. What makes a difference somewhere is in one of them: text that is empty, not ASCII,
# beyond the basic plane (UTF-16 sorts it elsewhere) or missing; integers beyond what a float can carry;
# NaN beside null, 0 of both signs; lists without elements, without values, missing, with repeats.
TEXTS = ["US", "FR", "US", None, "", "é", "\U0001f600", "\uffee", "FR", "US", "us", "NZ"]
INTEGERS = [2**53 + 1, 2**53, None, 7, 7, -1, 0, 2**53 + 1, 7, 0, 2**62, -(2**63)]
FLOATS = [0.0, -0.0, float("nan"), None, 1.5, 1.5, 1e300, float("inf"), -2.0, 2.0, 0.0, 2.0**63]
BOOLEANS = [True, False, None, True, True, True, False, True, True, False, True, True]
LISTS = [["a", "b"], [], None, ["a", None], ["b", "b"], ["c"], ["a"], [], ["d", "e", "a"], ["e"], ["a"], ["b"]]
NUMBERS = [[1, 2], [], None, [1, None], [2, 2], [3], [1], [], [4, 5, 1], [5], [1], [2]]

TABLE = pa.table(
    {
        "text": pa.array(TEXTS),
        "integers": pa.array(INTEGERS, pa.int64()),
        "short": pa.array([value if value is None else value % 100 for value in INTEGERS], pa.int16()),
        "floats": pa.array(FLOATS, pa.float64()),
        "single": pa.array([1, None, 0.1, 0.1, 2, 2, 3, 3, 3, 0.1, 1, 7], pa.float32()),
        "booleans": pa.array(BOOLEANS),
        "lists": pa.array(LISTS),
        "numbers": pa.array(NUMBERS, pa.list_(pa.int64())),
        "nothing": pa.array([None] * 12, pa.string()),
        "no.list": pa.array([None] * 12, pa.list_(pa.string())),
        "EMPTY": pa.array([[]] * 12, pa.list_(pa.string())),
        "empty": pa.array([[None], []] * 6, pa.list_(pa.int32())),
    }
)
ROWS = TABLE.append_column("y", pa.array([0, 1] * 5 + [1, 0])).append_column(
    "weight", pa.array([1, 2, 0, 3, 1, 1, 2, 5, 1, 1, 1, 1])
)
Y = ROWS["y"].to_numpy()
WEIGHTS = ROWS["weight"].to_numpy().astype(float)


def first_class(class_counts, class_totals):
    """A measure of one's own."""
    return class_counts[:, 0]


@pytest.fixture(scope="module")
def rows(spark):
    return spark.createDataFrame(ROWS).cache()


@pytest.fixture(scope="module")
def flights(spark):
    X, y = load_flights(return_X_y=True)
    table = X[:20_000].assign(late=y[:20_000])
    return table, spark.createDataFrame(pa.Table.from_pandas(table, preserve_index=False)).cache()


PARAMETERS = [
    {},
    {"top_k": 2, "n_buckets": 3},
    {"top_k": None, "n_buckets": 0},
    {"top_k": 0, "n_buckets": 4, "n_hashes": 1},
    {"top_k": {"text": 1, "lists": None, "floats": 3}, "n_buckets": {"text": 7}},
    {"max_features": 60, "tail_indicator": True, "min_frequency": 2},
    {"min_frequency": 0.15, "handle_missing": "ignore"},
    {"importance": "entropy", "top_k": 2, "max_tracked": 3, "n_buckets": 3},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_fits_as_in_memory(rows, parameters):
    encoder = HybridHashEncoder(**parameters)
    found = spark_encoder.fit(encoder, rows.drop("y", "weight"))
    assert found is encoder
    assert fitted(found) == fitted(HybridHashEncoder(**parameters).fit(TABLE))


@pytest.mark.parametrize("importance", ["auto", "gini", first_class, lambda counts, totals: counts[:, 1]])
def test_fits_by_class_as_in_memory(rows, importance):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance=importance)
    found = fitted(spark_encoder.fit(encoder, rows.drop("weight"), "y"))
    assert found == fitted(encoder.fit(TABLE, Y))


@pytest.mark.parametrize("y", [None, "y"])
def test_fits_weighted_rows_as_in_memory(rows, y):
    encoder = HybridHashEncoder(max_features=60)
    df = rows if y else rows.drop("y")
    found = fitted(spark_encoder.fit(encoder, df, y, sample_weight="weight"))
    assert found == fitted(encoder.fit(TABLE, Y if y else None, WEIGHTS))
