"""A click model over a Spark DataFrame, from Parquet to predictions in memory.

    pip install "hybrid-encoder[spark]"  # and Java 17
    python examples/spark_click_model.py

Spark fits the encoder and a logistic regression. Then the script scores one request without Spark, as in
a server, with the same encoder and the weights of the same model.
"""

import argparse
import os
import sys
import tempfile

import numpy as np
import pandas as pd
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.sql import SparkSession

from hybrid_encoder import HybridHashEncoder, spark
from hybrid_encoder.datasets import load_flights


def main(n_rows: int, folder: str) -> None:
    session = local_session(folder)
    path = write_clicks(n_rows, folder)

    rows = session.read.parquet(path)
    train, test = rows.filter("date < '2013-11-01'"), rows.filter("date >= '2013-11-01'")
    features = ["hour", "carrier", "flight", "tailnum", "origin", "dest"]
    encoder = spark.fit(HybridHashEncoder(max_features=2000), train.select(*features, "late"), y="late")
    print(encoder.report()[["distinct", "slots", "buckets", "head_share"]].round(2).to_string())

    model = LogisticRegression(labelCol="late", regParam=0.001, maxIter=20)
    model = model.fit(spark.transform(encoder, train))
    scored = model.transform(spark.transform(encoder, test))
    auc = BinaryClassificationEvaluator(labelCol="late").evaluate(scored)
    print(f"area under the ROC curve in the last two months: {auc:.3f}")

    first = scored.first()
    request = pd.DataFrame([{name: first[name] for name in features}])
    score = encoder.transform(request) @ model.coefficients.toArray() + model.intercept
    probability = 1 / (1 + np.exp(-score[0]))
    print(f"late by Spark: {first['probability'][1]:.4f}, by a server without it: {probability:.4f}")
    session.stop()


def local_session(folder: str) -> SparkSession:
    """Spark in this process, on two cores, with no access from other machines."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": folder,
        "spark.sql.warehouse.dir": folder,
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def write_clicks(n_rows: int, folder: str) -> str:
    """Write rows of the whole year to a Parquet file; the rows are flights instead of clicks."""
    X, y = load_flights(return_X_y=True)
    path = os.path.join(folder, "clicks.parquet")
    clicks = X.assign(late=y)
    clicks.iloc[:: max(1, len(clicks) // n_rows)].to_parquet(path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=327_346)
    with tempfile.TemporaryDirectory() as folder:
        main(parser.parse_args().rows, folder)
