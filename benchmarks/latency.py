"""One row at a time: what a request waits for, beside the rivals and beside the checks alone."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import rivals
import tables
from clock import Seconds, side_by_side
from report import Table
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import validate_data

from hybrid_encoder import HybridHashEncoder

N_VALUES = 20_000


def measure(quick: bool) -> list[Table]:
    """Times of one row, and of threads that share an encoder."""
    n_rows = 2_000 if quick else 200_000
    ids = np.random.default_rng(0).integers(0, N_VALUES, (n_rows, 10))
    table = pd.DataFrame({f"c{j}": tables.text(ids[:, j]) if j < 7 else ids[:, j] for j in range(10)})
    encoder = rivals.ours().fit(table)
    return [one_row(table, encoder, quick), shared(table, encoder, quick)]


def one_row(table: pd.DataFrame, encoder: HybridHashEncoder, quick: bool) -> Table:
    """p50 and p99 of a row in every container."""
    array = table.to_numpy(dtype=object)
    of_arrays = rivals.ours().fit(array)
    one_hot = rivals.one_hot().fit(table)
    every = OneHotEncoder(handle_unknown="ignore").fit(table)
    hasher = rivals.hasher()
    row, row_array = table.iloc[[0]], array[[0]]
    row_list, row_polars = row_array.tolist(), pl.from_pandas(row)
    batches = {n: table.iloc[:n] for n in (10, 100, 1000)}
    quick_jobs: dict[str, Callable[[], object]] = {
        "ours, DataFrame": lambda: encoder.transform(row),
        "the checks alone, DataFrame": lambda: checks(encoder, row),
        "ours, object array": lambda: of_arrays.transform(row_array),
        "ours, list of a list": lambda: of_arrays.transform(row_list),
        "the checks alone, array": lambda: checks(of_arrays, row_array),
        "ours, polars DataFrame": lambda: encoder.transform(row_polars),
        "FeatureHasher and its tokens, list": lambda: hasher.transform(
            [[f"{name}={value}" for name, value in zip(table, row_list[0], strict=True)]]
        ),
    } | {
        f"ours, DataFrame of {n:,} rows": lambda batch=batch: encoder.transform(batch)
        for n, batch in batches.items()
    }
    slow_jobs: dict[str, Callable[[], object]] = {
        "OneHotEncoder(max_categories), DataFrame": lambda: one_hot.transform(row),
        "OneHotEncoder(handle_unknown), DataFrame": lambda: every.transform(row),
    }
    if rivals.has("keras"):
        look_up = rivals.keras_lookups(table)
        slow_jobs["Keras StringLookup and IntegerLookup"] = lambda: look_up(row)
    if rivals.has("category_encoders"):
        hashing = rivals.hashing_encoder().fit(table.iloc[:1000])
        slow_jobs["category_encoders HashingEncoder, DataFrame"] = lambda: hashing.transform(row)
    times = side_by_side(quick_jobs, rounds=2 if quick else 100, calls=20)
    times |= side_by_side(slow_jobs, rounds=2 if quick else 30)
    text = f"""
A row of ten columns, seven of text and three of integers, after `fit` on {len(table):,} rows with
{N_VALUES:,} values each; 10,000 slots and 4,000 buckets per column. Microseconds: the median and
the 99th percentile of 2,000 calls, of 30 for rivals that take milliseconds. "The checks alone" is
scikit-learn's `validate_data(skip_check_array=True)`, which every transformer owes its users; the
third column holds ours against it, and the fourth a time against ours on a DataFrame."""
    return Table(
        "One row",
        text.strip(),
        ("", "p50", "p99", "against the checks", "against ours"),
        [line(name, times) for name in times],
    )


def checks(encoder: HybridHashEncoder, rows: object) -> object:
    """What scikit-learn itself does with every input."""
    return validate_data(encoder, rows, reset=False, skip_check_array=True)


def line(name: str, times: Seconds) -> tuple[str, ...]:
    """A row of the table."""
    p50, p99 = np.percentile(times[name] * 1e6, [50, 99])
    base = np.median(times["ours, DataFrame"]) * 1e6
    against_checks = ""
    if name in ("ours, DataFrame", "ours, object array", "ours, list of a list"):
        which = "DataFrame" if "DataFrame" in name else "array"
        against_checks = f"{p50 / np.median(times[f'the checks alone, {which}']) / 1e6:.1f} x"
    ratio = "" if name == "ours, DataFrame" else f"{p50 / base:,.2g} x"
    if p50 / base >= 100:
        ratio = f"{p50 / base:,.0f} x"
    return name, f"{p50:,.0f}", f"{p99:,.0f}", against_checks, ratio


def shared(table: pd.DataFrame, encoder: HybridHashEncoder, quick: bool) -> Table:
    """Calls per second of one thread, and of two that share the encoder."""
    rows = []
    for n_rows_each, calls in ((1, 2_000), (10_000, 40), (100_000, 4)):
        calls = 2 if quick else calls
        batch = table.iloc[:n_rows_each]
        measured = side_by_side(
            {
                "one": lambda calls=calls, batch=batch: repeat(encoder, batch, 2 * calls),
                "two": lambda calls=calls, batch=batch: in_two_threads(encoder, batch, calls),
            },
            rounds=1 if quick else 5,
        )
        one, two = (np.median(measured[name]) for name in ("one", "two"))
        per_second = (f"{2 * calls / seconds:,.0f}" for seconds in (one, two))
        rows.append((f"{n_rows_each:,}", *per_second, f"{one / two:.2f} x"))
    text = """
`transform` changes nothing, so threads may share an encoder. Calls per second for DataFrames of the
columns above; medians of 5 rounds. A single row is Python from end to end, of which one thread runs
at a time."""
    header = ("rows per call", "one thread", "two threads", "gain")
    return Table("Threads that share an encoder", text.strip(), header, rows)


def repeat(encoder: HybridHashEncoder, batch: pd.DataFrame, calls: int) -> None:
    """Encode the same rows again and again."""
    for _ in range(calls):
        encoder.transform(batch)


def in_two_threads(encoder: HybridHashEncoder, batch: pd.DataFrame, calls: int) -> float:
    """The same in two threads at once."""
    threads = [threading.Thread(target=repeat, args=(encoder, batch, calls)) for _ in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start
