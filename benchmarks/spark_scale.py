"""Fit and transform with Spark beside the same in memory: seconds, memory, and what the driver is sent.

    python benchmarks/spark_scale.py [--quick]

Writes a Parquet file of five columns of text and integers with long tails, and a target; both ways read
it each time, each in a process of its own. Spark has two cores, and driver and executor are one Java
process, whose memory cannot be told apart; on a cluster the driver needs what the Python process needs,
and room for what the tasks send. Memory is read as Linux has it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import markdown
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures import put
from memory import MEGABYTE, status

from hybrid_encoder import HybridHashEncoder

# How many different values a column may have, and whether they are text.
COLUMNS = {
    "user": (2_000_000, True),
    "item": (500_000, False),
    "query": (1_000_000, True),
    "site": (20_000, True),
    "hour": (24, False),
}
ROUNDS = 3
# One row in so many is encoded by a function that is called row by row.
SLOWLY = 100

Told = dict[str, float]


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
    """Values by a power law, and one in four drawn evenly, so that the tail is as long as it may be."""
    evenly = rng.integers(most, size=size)
    numbers = np.where(rng.random(size) < 0.25, evenly, rng.zipf(1.2, size) % most)
    numbers = numbers * 2_654_435_761 % 2**40
    if not is_text:
        return pa.array(numbers)
    distinct, which = np.unique(numbers, return_inverse=True)
    return pa.array([f"v_{number:x}" for number in distinct.tolist()]).take(pa.array(which))


def in_memory(path: str) -> Told:
    """What it takes to read the file and encode it as one table."""

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


def with_spark(path: str) -> Told:
    """The same on two cores, encoded rows going nowhere."""
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    from pyspark.sql import functions as F

    from hybrid_encoder import spark
    from hybrid_encoder.spark import _candidates as _finding

    session = local_session(os.path.dirname(path))
    df = session.read.parquet(path)
    sent = heard(_finding)

    def run(rows: Any) -> None:
        rows.write.format("noop").mode("overwrite").save()

    def fit(y: str | None) -> HybridHashEncoder:
        return spark.fit(HybridHashEncoder(), df if y else df.drop("clicked"), y)

    encoder = fit(None)
    sent.clear()
    told = {"fit by frequency, s": seconds(lambda: fit(None))}
    by_frequency = sum(sent) / ROUNDS
    sent.clear()
    told["fit by class, s"] = seconds(lambda: fit("clicked"))
    by_class = sum(sent) / ROUNDS
    peaks = {"peak of Python, MB": status("VmHWM"), "peak of Java, MB": java_peak(session)}
    told["transform, s"] = seconds(lambda: run(spark.transform(encoder, df)))

    @F.udf("array<int>")
    def one_row(*cells: Any) -> list[int]:
        return encoder.transform([list(cells)]).indices.tolist()

    encoder.__dict__.pop("feature_names_in_")  # a row that is a list has no names
    some = df.sample(1 / SLOWLY, seed=0)
    slowly = seconds(lambda: run(some.select(one_row(*COLUMNS))), rounds=1)
    told["transform row by row, s"] = slowly * SLOWLY
    session.stop()
    peaks |= {"sent by the tasks, MB": by_frequency, "sent by the tasks, by class, MB": by_class}
    return told | {what: number / MEGABYTE for what, number in peaks.items()}


def local_session(folder: str) -> Any:
    """Spark in this process, open to nobody else."""
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


def heard(finding: Any) -> list[int]:
    """A list that grows by the bytes of every answer that a task sends."""
    sent: list[int] = []
    answer = finding.answer

    def listen(pickled: bytes, finder: Any) -> Any:
        sent.append(len(pickled))
        return answer(pickled, finder)

    finding.answer = listen
    return sent


def java_peak(session: Any) -> int:
    """The most bytes that the Java process has held."""
    process = session._jvm.java.lang.ProcessHandle.current().pid()
    return status("VmHWM", process)


def seconds(job: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How long a job takes, the median of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def measure(n_rows: int) -> str:
    """A table of both ways."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "clicks.parquet")
        write(path, n_rows)
        memory, spark = (told_by(way, path) for way in WAYS)
    rows = [
        (
            what,
            f"{memory[what]:,.1f}" if what in memory else "",
            f"{number:,.1f}",
            f"{number / memory[what]:.1f}" if what in memory else "",
        )
        for what, number in spark.items()
    ]
    header = ("", "in memory", "Spark, two cores", "ratio")
    return markdown.table(header, rows)


WAYS = {"memory": in_memory, "spark": with_spark}


def told_by(way: str, path: str) -> Told:
    """What one way takes, in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--path", path]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(told.splitlines()[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it works")
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(WAYS[given.way](given.path)))
    else:
        table = measure(20_000 if given.quick else 5_000_000)
        print(table)
        if not given.quick:
            put("guide/spark.md", "figures", table)
