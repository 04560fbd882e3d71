"""Fit and transform with Spark compared with one process in memory: time, memory, bytes to the driver.

    python benchmarks/spark_scale.py [--quick]

The command writes a Parquet file with a target and five columns of text and integers with long tails.
Both ways read the file every time, each in a separate process. Spark has two cores. Driver and executor
are one Java process, so their memory cannot be separated. On a cluster the driver needs as much memory
as the Python process, and memory for the results of the tasks. Memory is read from Linux. The figures
are those of docs/guide/spark.md.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import results
from memory import MEGABYTE, status
from tables import scattered
from timing import Job, in_own_process, timed

from hybrid_encoder import HybridHashEncoder

# The greatest number of different values of each column, and whether they are text.
COLUMNS = {
    "user": (2_000_000, True),
    "item": (500_000, False),
    "query": (1_000_000, True),
    "site": (20_000, True),
    "hour": (24, False),
}
ROUNDS = 3
SLOWDOWN = 100  # one row in this many is encoded by the function that is called row by row

Figures = dict[str, float]


def write(path: str, n_rows: int) -> None:
    """A log of clicks, half a million rows at a time."""
    rng = np.random.default_rng(0)
    schema = pa.schema([(name, pa.string() if how[1] else pa.int64()) for name, how in COLUMNS.items()])
    with pq.ParquetWriter(path, schema.append(pa.field("clicked", pa.int64()))) as file:
        for start in range(0, n_rows, 500_000):
            size = min(500_000, n_rows - start)
            columns = {name: draw(rng, size, *how) for name, how in COLUMNS.items()}
            odds = 0.05 + 0.2 * (columns["item"].to_numpy() % 3 == 0)
            file.write_table(pa.table({**columns, "clicked": (rng.random(size) < odds).astype(int)}))


def draw(rng: np.random.Generator, size: int, most: int, is_text: bool) -> pa.Array:
    """Values by a power law, and one in four drawn uniformly, for the longest possible tail."""
    evenly = rng.integers(most, size=size)
    numbers = scattered(np.where(rng.random(size) < 0.25, evenly, rng.zipf(1.2, size) % most))
    if not is_text:
        return pa.array(numbers)
    distinct, codes = np.unique(numbers, return_inverse=True)
    return pa.array([f"v_{number:x}" for number in distinct.tolist()]).take(pa.array(codes))


def in_memory(path: str) -> Figures:
    """Read the file and encode it as one table."""

    def fit(by_class: bool) -> HybridHashEncoder:
        table = pq.read_table(path)
        y = table["clicked"].to_numpy() if by_class else None
        return HybridHashEncoder().fit(table.drop_columns(["clicked"]), y)

    encoder, features = fit(by_class=False), list(COLUMNS)
    return {
        "fit by frequency, s": seconds(lambda: fit(by_class=False)),
        "fit by class, s": seconds(lambda: fit(by_class=True)),
        "transform, s": seconds(lambda: encoder.transform(pq.read_table(path, columns=features))),
        "peak of Python, MB": status("VmHWM") / MEGABYTE,
    }


def with_spark(path: str) -> Figures:
    """The same on two cores; encoded rows are written nowhere."""
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    from pyspark.sql import functions as F

    from hybrid_encoder import spark

    session = local_session(os.path.dirname(path))
    df = session.read.parquet(path)
    sent = bytes_of_answers()

    def run(rows: Any) -> None:
        rows.write.format("noop").mode("overwrite").save()

    def fit(y: str | None) -> HybridHashEncoder:
        return spark.fit(HybridHashEncoder(), df if y else df.drop("clicked"), y)

    encoder = fit(None)
    sent.clear()
    found = {"fit by frequency, s": seconds(lambda: fit(None))}
    by_frequency = sum(sent) / ROUNDS
    sent.clear()
    found["fit by class, s"] = seconds(lambda: fit("clicked"))
    by_class = sum(sent) / ROUNDS
    sizes = {"peak of Python, MB": status("VmHWM"), "peak of Java, MB": java_peak(session)}
    found["transform, s"] = seconds(lambda: run(spark.transform(encoder, df)))

    @F.udf("array<int>")
    def one_row(*cells: Any) -> list[int]:
        return encoder.transform([list(cells)]).indices.tolist()

    encoder._fitted = replace(encoder._fitted, feature_names=None)  # a row is a list, without names
    some = df.sample(1 / SLOWDOWN, seed=0)
    slowly = seconds(lambda: run(some.select(one_row(*COLUMNS))), rounds=1)
    found["transform row by row, s"] = slowly * SLOWDOWN
    session.stop()
    sizes |= {"sent by the tasks, MB": by_frequency, "sent by the tasks, by class, MB": by_class}
    return found | {what: size / MEGABYTE for what, size in sizes.items()}


def local_session(folder: str) -> Any:
    """Spark in this process, reachable from this machine alone."""
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.local.dir": folder,
        "spark.sql.warehouse.dir": folder,
        "spark.sql.shuffle.partitions": "8",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def bytes_of_answers() -> list[int]:
    """A list to which every answer of a task adds its number of bytes."""
    from hybrid_encoder.spark import _candidates

    sent: list[int] = []
    result_of = _candidates.result_of

    def counted(pickled: bytes, selector: Any) -> Any:
        sent.append(len(pickled))
        return result_of(pickled, selector)

    _candidates.result_of = counted
    return sent


def java_peak(session: Any) -> int:
    """The most bytes that the Java process has held."""
    process = session._jvm.java.lang.ProcessHandle.current().pid()
    return status("VmHWM", process)


def seconds(job: Job, rounds: int = ROUNDS) -> float:
    """Median time of a job over some rounds."""
    return float(np.median([timed(job)[0] for _ in range(rounds)]))


WAYS = {"memory": in_memory, "spark": with_spark}


def measure(n_rows: int) -> pd.DataFrame:
    """A table of both ways."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "clicks.parquet")
        write(path, n_rows)
        memory, spark = (in_own_process(__file__, "--way", way, "--path", path) for way in WAYS)
    rows = [
        {
            "figure": what,
            "in memory": f"{memory[what]:,.1f}" if what in memory else "",
            "Spark, two cores": f"{figure:,.1f}",
            "ratio": f"{figure / memory[what]:.1f}" if what in memory else "",
        }
        for what, figure in spark.items()
    ]
    return pd.DataFrame(rows)


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    arguments = results.parse(parser)
    if arguments.way:
        print(json.dumps(WAYS[arguments.way](arguments.path)))
    else:
        results.write(measure(20_000 if arguments.quick else 5_000_000), arguments.out, "spark")


if __name__ == "__main__":
    main()
