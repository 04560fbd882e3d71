"""Fit and transform in Spark have the results of fit and transform in memory."""

import os
import pickle
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from tests.fitted import fitted
from tests.java import why_no_spark

if why_no_spark():
    pytest.skip(why_no_spark(), allow_module_level=True)

import pyarrow as pa
from pyspark.errors import PythonException
from pyspark.ml.classification import LogisticRegression
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from hybrid_encoder import spark as spark_encoder
from hybrid_encoder.spark import _candidates
from tests.spark.tables import ROWS, TABLE, WEIGHTS, Y, first_class

pytestmark = [
    # With --dist loadgroup only one worker of pytest-xdist starts Spark.
    pytest.mark.xdist_group("spark"),
    # PySpark warns about pandas 3 in every call.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    # PySpark 4.1 leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """A small Spark session that listens to this process only and writes to a temporary folder."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYSPARK_DRIVER_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        for variable in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "SPARK_HOME", "SPARK_CONF_DIR"):
            patch.delenv(variable, raising=False)
        local = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "1",
            # Compiling code and revising plans take several times as long as the work.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master("local[2]").appName("hybrid_encoder")
        session = builder.config(map=local).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def rows(spark):
    return spark.createDataFrame(ROWS).coalesce(1).cache()


@contextmanager
def settings(spark, given):
    """Change settings of the session for the duration of a with statement."""
    before = {name: spark.conf.get(name, None) for name in given}
    for name, value in given.items():
        spark.conf.set(name, value)
    yield
    for name, value in before.items():
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)


@pytest.fixture
def as_shipped(spark):
    """Spark with the defaults that users have: revised plans and compiled code."""
    shipped = {
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.codegen.wholeStage": "true",
        "spark.sql.codegen.factoryMode": "FALLBACK",
    }
    with settings(spark, shipped):
        yield


@pytest.fixture(scope="module")
def flights(spark):
    X, y = load_flights(return_X_y=True)
    return spark.createDataFrame(X[:20_000].assign(late=y[:20_000])).coalesce(1).cache()


def test_columns_of_all_types(rows):
    found = fitted(spark_encoder.fit(HybridHashEncoder(), rows.drop("y", "weight")))
    assert found == fitted(HybridHashEncoder().fit(TABLE))


def test_columns_of_all_types_by_class(rows):
    found = fitted(spark_encoder.fit(HybridHashEncoder(), rows.drop("weight"), "y"))
    assert found == fitted(HybridHashEncoder().fit(TABLE, Y))


SOME = ["text", "integers", "floats", "lists"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"top_k": 2, "n_buckets": 3},
        {"top_k": None, "n_buckets": 0},
        {"top_k": 0, "n_buckets": 4, "n_hashes": 1},
        {"top_k": {"text": 1, "lists": None, "floats": 3}, "n_buckets": {"text": 7}},
        {"max_features": 25, "tail_indicator": True, "min_frequency": 2},
        {"min_frequency": 0.15, "handle_missing": "ignore"},
        {"importance": "entropy", "top_k": 2, "max_tracked": 3, "n_buckets": 3},
    ],
    ids=str,
)
def test_parameters(rows, parameters):
    encoder = HybridHashEncoder(**parameters)
    assert spark_encoder.fit(encoder, rows.select(SOME)) is encoder
    assert fitted(encoder) == fitted(HybridHashEncoder(**parameters).fit(TABLE.select(SOME)))


@pytest.mark.parametrize("importance", ["gini", first_class, lambda counts, totals: counts[:, 1]])
def test_measures_that_use_classes(rows, importance):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance=importance)
    found = fitted(spark_encoder.fit(encoder, rows.select(*SOME, "y"), "y"))
    assert found == fitted(encoder.fit(TABLE.select(SOME), Y))


@pytest.mark.parametrize("y", [None, "y"])
def test_sample_weight(rows, y):
    encoder = HybridHashEncoder(max_features=25)
    df = rows.select(*SOME, "weight", *([y] if y else []))
    found = fitted(spark_encoder.fit(encoder, df, y, sample_weight="weight"))
    assert found == fitted(encoder.fit(TABLE.select(SOME), Y if y else None, WEIGHTS))


def test_fractional_weights(rows):
    df = rows.select("text", "lists", "y", (F.col("weight") / 7).alias("w"))
    encoder = HybridHashEncoder(top_k=3, n_buckets=3)
    found = spark_encoder.fit(encoder, df, "y", sample_weight="w").vocabularies_
    expected = encoder.fit(TABLE.select(["text", "lists"]), Y, WEIGHTS / 7).vocabularies_
    assert [head.tolist() for head in found] == [head.tolist() for head in expected]


@pytest.mark.parametrize("n_partitions", [2, 7])
@pytest.mark.parametrize("y", [None, "y"])
def test_partitions_and_the_order_of_rows_do_not_matter(spark, rows, n_partitions, y):
    df = rows.select("text", "lists", "y").orderBy(F.rand(0)).repartition(n_partitions)
    df = df if y else df.drop("y")
    with settings(spark, {"spark.sql.shuffle.partitions": str(n_partitions)}):
        found = spark_encoder.fit(HybridHashEncoder(top_k=3), df, y)
    expected = HybridHashEncoder(top_k=3).fit(TABLE.select(["text", "lists"]), Y if y else None)
    assert fitted(found) == fitted(expected)


@pytest.mark.parametrize("y", [None, "late"])
def test_flights(flights, y):
    df = flights if y else flights.drop("late")
    table = flights.toArrow()
    expected = HybridHashEncoder(max_features=500)
    expected.fit(table.drop_columns(["late"]), table["late"].to_numpy() if y else None)
    assert fitted(spark_encoder.fit(HybridHashEncoder(max_features=500), df, y)) == fitted(expected)


LABELS = {
    "text": pa.array(["no", "yes", "maybe", "no"] * 15),
    "booleans": pa.array([True, False, False] * 20),
    "whole floats": pa.array([0.0, -0.0, 2.0, 1.0] * 15, pa.float32()),
    "fractions": pa.array([0.5, 1.0, None] * 20, pa.float64()),
    "one class": pa.array([7] * 60, pa.int16()),
    "20 classes": pa.array(list(range(20)) * 3),
    "21 classes": pa.array([*range(21), *range(18), *range(21)]),
    "21 classes and a fraction": pa.array([*range(21), *range(21), *range(17), 0.5]),
    "missing and a fraction": pa.array([*range(30), *range(28), 30.5, None]),
}
VALUES = pa.array([f"v{i * i % 17}" for i in range(60)])


@pytest.mark.parametrize(
    ("importance", "labels"),
    [("auto", labels) for labels in LABELS]
    + [("gini", labels) for labels in LABELS if "fraction" not in labels],
)
def test_targets_that_are_used(spark, labels, importance):
    table = pa.table({"a": VALUES, "y": LABELS[labels]})
    encoder = HybridHashEncoder(top_k=3, n_buckets=3, importance=importance)
    found = fitted(spark_encoder.fit(encoder, spark.createDataFrame(table).coalesce(1), "y"))
    y = table["y"].to_pandas().to_numpy()
    assert found == fitted(encoder.fit(table.select(["a"]), y))


def test_an_unused_target_may_be_of_any_type(rows):
    df = rows.select("text", F.current_date().alias("day"))
    encoder = HybridHashEncoder(importance="frequency")
    found = fitted(spark_encoder.fit(encoder, df, "day"))
    assert found == fitted(encoder.fit(TABLE.select(["text"])))


def test_text_is_compared_by_its_bytes(rows):
    df = rows.select(
        F.collate("text", "UTF8_LCASE").alias("text"), F.collate("text", "UNICODE").alias("y")
    )
    df = df.filter("y IS NOT NULL")
    table = TABLE.select(["text"]).filter(TABLE["text"].is_valid())
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    found = fitted(spark_encoder.fit(encoder, df, "y"))
    assert found == fitted(encoder.fit(table, table["text"].to_numpy()))
    assert spark_encoder.transform(encoder, df, output="arrays").toArrow()["indices"].to_pylist() == [
        row.indices.tolist() for row in encoder.transform(table)
    ]


def test_text_of_a_declared_length(spark, rows):
    with settings(spark, {"spark.sql.preserveCharVarcharTypeInfo": "true"}):
        df = rows.select(F.col("text").cast("varchar(9)").alias("text"))
        assert df.schema["text"].dataType.simpleString() == "varchar(9)"
        found = fitted(spark_encoder.fit(HybridHashEncoder(), df))
    assert found == fitted(HybridHashEncoder().fit(TABLE.select(["text"])))


@pytest.mark.parametrize(
    "part_of",
    [
        lambda df: df.sample(0.1, seed=1),
        lambda df: df.limit(500),
        lambda df: df.filter(F.rand(1) < 0.1),
    ],
    ids=["sample", "limit", "filter"],
)
def test_all_columns_are_counted_over_the_same_rows(spark, tmp_path, part_of):
    # The partition of a row depends on the columns that are left when it is repartitioned.
    pairs = spark.range(20_000).selectExpr("id % 3000 AS a", "concat('v', id % 3000) AS b")
    pairs.repartition(3).write.parquet(str(tmp_path / "pairs"))
    df = part_of(spark.read.parquet(str(tmp_path / "pairs")).repartition(5))
    a, b = spark_encoder.fit(HybridHashEncoder(top_k=None, n_buckets=0), df).vocabularies_
    assert {f"v{value}" for value in a} == set(b)


def test_errors_of_a_callable_are_raised_on_the_driver(spark):
    def broken(class_counts, class_totals):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        spark_encoder.fit(HybridHashEncoder(importance=broken), spark.range(3))
    assert "On an executor" in caught.value.__notes__[-1]


def test_the_encoder_names_the_functions_for_spark(spark):
    with pytest.raises(TypeError, match=r"use hybrid_encoder\.spark\.fit\(encoder, X\)"):
        HybridHashEncoder().fit(spark.range(3))


@pytest.mark.parametrize("y", [None, "y"])
@pytest.mark.parametrize("weight", [None, "weight"])
def test_the_driver_receives_a_bounded_amount(spark, monkeypatch, y, weight):
    sent = []
    result_of = _candidates.result_of

    def spy(pickled, selector):
        sent.append(pickled)
        return result_of(pickled, selector)

    monkeypatch.setattr(_candidates, "result_of", spy)
    df = spark.range(50_000).selectExpr("cast(id as string) AS a", "id % 3 AS y", "id % 5 AS weight")
    unused = [name for name in ("y", "weight") if name not in (y, weight)]
    spark_encoder.fit(HybridHashEncoder(top_k=10, n_buckets=5), df.drop(*unused), y, weight)
    assert len(sent) == 1
    assert len(sent[0]) < 5_000


# Errors


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "cast(1.5 AS decimal(5, 2))",
            r"Column 'a' has the Spark type decimal\(5,2\).*Cast it to string",
        ),
        ("current_date()", "Column 'a' has the Spark type date; argument must be.*Cast it"),
        ("current_timestamp()", "Column 'a' has the Spark type timestamp"),
        ("named_struct('x', 1)", "Column 'a' has the Spark type struct.*Select its fields"),
        ("map('x', 1)", "Column 'a' has the Spark type map.*Select its fields"),
        ("cast('x' AS binary)", "Column 'a' has the Spark type binary"),
        ("array(array(1))", "Column 'a' has the Spark type array<array<int>>.*flatten"),
        ("array(current_date())", "Column 'a' has the Spark type array<date>"),
    ],
)
def test_types_that_cannot_be_encoded(rows, expression, words):
    df = rows.selectExpr(f"{expression} AS a")
    with pytest.raises(TypeError, match=words):
        spark_encoder.fit(HybridHashEncoder(), df)
    with pytest.raises(TypeError, match=words):
        spark_encoder.transform(HybridHashEncoder().fit(pd.DataFrame({"a": ["x"]})), df)


BAD_FITS = {
    "no Spark": (TypeError, "df must be a Spark DataFrame; it is a Table", {"df": lambda df: TABLE}),
    "no encoder": (TypeError, "encoder must be a HybridHashEncoder", {"encoder": "x"}),
    "parameter": (ValueError, "The 'top_k' parameter", {"encoder": HybridHashEncoder(top_k=-1)}),
    "unknown y": (ValueError, "df has no column 'z', named as y. Its columns are 'text'", {"y": "z"}),
    "y is data": (TypeError, "y is the name of a column of df; it is a list", {"y": [0, 1]}),
    "unknown weight": (ValueError, "no column 'z', named as sample_weight", {"sample_weight": "z"}),
    "text as weight": (
        TypeError,
        "sample_weight='text' has the Spark type string",
        {"sample_weight": "text"},
    ),
    "negative weight": (
        ValueError,
        "Negative values in data passed to `sample_weight`",
        {"df": lambda df: df.withColumn("w", F.lit(-1) * df.weight), "sample_weight": "w"},
    ),
    "missing weight": (ValueError, "Input sample_weight contains NaN", {"sample_weight": "floats"}),
    "date as y": (
        TypeError,
        "y='day' has the Spark type date; classes are",
        {"df": lambda df: df.withColumn("day", F.current_date()), "y": "day"},
    ),
    "no target": (
        ValueError,
        "requires y to be passed",
        {"encoder": HybridHashEncoder(importance="gini")},
    ),
    "missing label": (ValueError, "y='text' is missing in 1 rows, and importance='auto'", {"y": "text"}),
    "continuous": (
        ValueError,
        "Unknown label type: importance='gini'.*continuous",
        {"encoder": HybridHashEncoder(importance="gini"), "y": "single"},
    ),
    "no rows": (ValueError, r"0 sample\(s\) \(shape=\(0, 5\)\)", {"df": lambda df: df.filter("1 = 0")}),
    "no columns": (ValueError, r"0 feature\(s\)", {"df": lambda df: df.select("y"), "y": "y"}),
    "twice": (ValueError, "df has 2 columns 'y'. Rename", {"df": lambda df: df.select("y", "y")}),
    "missing": (
        ValueError,
        "Column 'text': it has values that are missing",
        {"encoder": HybridHashEncoder(handle_missing="error")},
    ),
    "infinite": (
        ValueError,
        "Column 'floats': it has values that are infinite",
        {
            "encoder": HybridHashEncoder(handle_missing="error"),
            "df": lambda df: df.select("floats").filter("floats = floats AND NOT isnan(floats)"),
        },
    ),
    "unknown column": (
        ValueError,
        "top_k names the column 'z'",
        {"encoder": HybridHashEncoder({"z": 1})},
    ),
    "bad scores": (
        ValueError,
        "Column 'text': importance must return one finite score per value",
        {"encoder": HybridHashEncoder(importance=lambda counts, totals: None)},
    ),
    "small budget": (ValueError, "max_features", {"encoder": HybridHashEncoder(max_features=1)}),
}


@pytest.mark.parametrize("case", BAD_FITS)
def test_a_failed_fit_does_not_change_the_encoder(rows, case):
    kind, words, given = BAD_FITS[case]
    given = dict(given)
    df = given.pop("df", lambda df: df)(rows.select("text", "floats", "single", "weight", "y"))
    encoder = given.pop("encoder", None) or HybridHashEncoder()
    before = dict(vars(encoder)) if isinstance(encoder, HybridHashEncoder) else None
    with pytest.raises(kind, match=words):
        spark_encoder.fit(encoder, df, **given)
    assert before is None or vars(encoder) == before


def test_a_failed_fit_keeps_an_earlier_fit(rows):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    before = fitted(encoder)
    with pytest.raises(ValueError, match="missing"):
        spark_encoder.fit(encoder.set_params(handle_missing="error"), rows.select("text"))
    assert fitted(encoder) == before


def test_an_error_on_an_executor_has_its_traceback(rows):
    def broken(counts, totals):
        raise ValueError("out of ideas")

    with pytest.raises(ValueError, match="out of ideas") as caught:
        spark_encoder.fit(HybridHashEncoder(importance=broken), rows.select("text"))
    assert "in broken" in caught.value.__notes__[0]


# Transform, and partial_fit after fit


def test_partial_fit_continues_as_after_fit_in_memory(rows):
    encoder = HybridHashEncoder(top_k=3, n_buckets=4)
    found = pickle.loads(
        pickle.dumps(spark_encoder.fit(encoder, rows.select("text", "lists", "y"), "y"))
    )
    expected = encoder.fit(TABLE.select(["text", "lists"]), Y)
    more = pa.table({"text": ["ZZ"] * 30, "lists": [["z", "a"]] * 30})
    labels = np.arange(30) % 2
    assert fitted(found.partial_fit(more, labels)) == fitted(expected.partial_fit(more, labels))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"top_k": 2, "n_buckets": 3, "tail_indicator": True, "importance": first_class},
        {"handle_missing": "ignore", "dtype": np.float32, "sparse_output": False},
    ],
    ids=lambda parameters: ",".join(parameters) or "default",
)
def test_transform_equals_transform_in_memory(rows, parameters):
    encoder = HybridHashEncoder(**parameters).set_output(transform="default").fit(TABLE)
    found = spark_encoder.transform(encoder, rows, output="arrays").toArrow()
    expected = encoder.set_params(sparse_output=True).transform(TABLE)
    assert found.drop_columns(["indices", "values"]).column_names == ROWS.column_names
    assert found["indices"].to_pylist() == [row.indices.tolist() for row in expected]
    assert found["values"].to_pylist() == [row.data.tolist() for row in expected]


def test_transform_does_not_change_the_encoder(rows):
    encoder = HybridHashEncoder(sparse_output=False, n_jobs=2).set_output(transform="pandas").fit(TABLE)
    before, parameters = fitted(encoder), encoder.get_params()
    spark_encoder.transform(encoder, rows)
    assert fitted(encoder) == before
    assert encoder.get_params() == parameters


def test_columns_in_any_order_with_any_names(rows):
    encoder = HybridHashEncoder(top_k=1, n_buckets=2).fit(
        TABLE.select(["text", "no.list", "EMPTY", "empty"])
    )
    expected = spark_encoder.transform(encoder, rows, output="arrays").toArrow()["indices"]
    names = rows.columns[::-1]
    numbers = rows.toDF(*map(str, range(len(names))))
    other_way = numbers.select(*map(str, reversed(range(len(names))))).toDF(*names)
    found = spark_encoder.transform(encoder, other_way, output="arrays", output_cols=["a.b", "c d"])
    assert found.columns == [*names, "a.b", "c d"]
    assert found.toArrow()["a.b"] == expected


@pytest.mark.usefixtures("as_shipped")
def test_logistic_regression_on_vectors_of_a_parquet_file(flights, spark, tmp_path):
    path = str(tmp_path / "flights")
    flights.write.parquet(path)
    df = spark.read.parquet(path)
    encoder = spark_encoder.fit(HybridHashEncoder(max_features=300), df, "late")
    encoded = spark_encoder.transform(encoder, df)
    assert [str(field.dataType) for field in encoded.schema][-1] == "VectorUDT()"
    row = encoded.first()
    expected = encoder.transform(pd.DataFrame([row.asDict()])[encoder.feature_names_in_])
    assert row["features"].size == encoder.n_features_out_
    assert row["features"].indices.tolist() == expected.indices.tolist()
    assert row["features"].values.tolist() == expected.data.tolist()
    model = LogisticRegression(labelCol="late", maxIter=5).fit(encoded)
    assert model.numFeatures == encoder.n_features_out_
    assert model.summary.areaUnderROC > 0.65


@pytest.mark.parametrize("output", ["vector", "arrays"])
def test_no_rows(rows, output):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    for none in (rows.limit(0), rows.filter("text = 'other'")):
        assert spark_encoder.transform(encoder, none, output=output).collect() == []


@pytest.mark.parametrize(
    ("given", "names"),
    [({}, ["features"]), ({"output_cols": "x"}, ["x"]), ({"output": "arrays"}, ["indices", "values"])],
)
def test_names_of_new_columns(rows, given, names):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    assert spark_encoder.transform(encoder, rows.select("text"), **given).columns == ["text", *names]


@pytest.mark.parametrize(
    ("change", "given", "words"),
    [
        ("text", {"output": "dense"}, "output must be 'vector' or 'arrays'; it is 'dense'"),
        (
            "text",
            {"output_cols": ["a", "b"]},
            "makes 1 new columns, by default features; output_cols names 2",
        ),
        ("text", {"output_cols": ["TEXT"]}, "df has a column 'TEXT' already"),
        ("text", {"output": "arrays", "output_cols": ["a", "a"]}, "df has a column 'a' already"),
        ("integers", {}, "df has no column 'text', named as a column that the encoder was fitted on"),
    ],
)
def test_transform_raises(rows, change, given, words):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    with pytest.raises(ValueError, match=words):
        spark_encoder.transform(encoder, rows.select(change), **given)


def test_transform_refuses_an_encoder_without_names(rows):
    with pytest.raises(ValueError, match="fitted on columns without names"):
        spark_encoder.transform(HybridHashEncoder().fit([["a"]]), rows)


def test_transform_refuses_an_unfitted_encoder(rows):
    with pytest.raises(NotFittedError):
        spark_encoder.transform(HybridHashEncoder(), rows)


@pytest.mark.parametrize(
    ("select", "words"),
    [
        (
            "integers AS text",
            "Column 'text', row 0: 9007199254740993 is a number, but the column held text",
        ),
        ("lists AS text", "Column 'text', row 0: it held single values at fit and holds lists now"),
    ],
)
def test_transform_refuses_columns_of_another_kind(rows, select, words):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    with pytest.raises(PythonException, match=words):
        spark_encoder.transform(encoder, rows.selectExpr(select)).collect()


def test_names_of_new_columns_must_be_text(rows):
    encoder = HybridHashEncoder().fit(TABLE.select(["text"]))
    with pytest.raises(TypeError, match="output_cols must be strings; one is 3"):
        spark_encoder.transform(encoder, rows.select("text"), output_cols=[3])
