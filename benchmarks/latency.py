"""Time of single rows, compared with other encoders and scikit-learn's validation, and with threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import peers
import polars as pl
import tables
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import validate_data
from timing import Job, Seconds, interleaved, microseconds

from hybrid_encoder import HybridHashEncoder


def measure(quick: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    """Times of one row, and of threads that share an encoder."""
    table = tables.ten_columns(2_000 if quick else 200_000)
    encoder = peers.ours().fit(table)
    yield "speed_one_row", one_row(table, encoder, quick)
    yield "speed_threads", shared(table, encoder, quick)


def one_row(table: pd.DataFrame, encoder: HybridHashEncoder, quick: bool) -> pd.DataFrame:
    """Median and 99th percentile of a row in every container, in microseconds."""
    array = table.to_numpy(dtype=object)
    of_arrays = peers.ours().fit(array)
    one_hot = peers.one_hot().fit(table)
    every = OneHotEncoder(handle_unknown="ignore").fit(table)
    hasher = peers.hasher()
    row, row_array = table.iloc[[0]], array[[0]]
    row_list, row_polars = row_array.tolist(), pl.from_pandas(row)
    fast_jobs: dict[str, Job] = {
        "ours, DataFrame": lambda: encoder.transform(row),
        "validation alone, DataFrame": lambda: validate(encoder, row),
        "ours, object array": lambda: of_arrays.transform(row_array),
        "ours, list of a list": lambda: of_arrays.transform(row_list),
        "validation alone, array": lambda: validate(of_arrays, row_array),
        "ours, polars DataFrame": lambda: encoder.transform(row_polars),
        "FeatureHasher and its tokens, list": lambda: hasher.transform(
            [[f"{name}={value}" for name, value in zip(table, row_list[0], strict=True)]]
        ),
    }
    for n in (10, 100, 1000):
        batch = table.iloc[:n]
        fast_jobs[f"ours, DataFrame of {n:,} rows"] = lambda batch=batch: encoder.transform(batch)
    slow_jobs: dict[str, Job] = {
        "OneHotEncoder(max_categories), DataFrame": lambda: one_hot.transform(row),
        "OneHotEncoder(handle_unknown), DataFrame": lambda: every.transform(row),
    }
    if peers.has("keras"):
        look_up = peers.keras_lookups(table)
        slow_jobs["Keras StringLookup and IntegerLookup"] = lambda: look_up(row)
    if peers.has("category_encoders"):
        hashing = peers.hashing_encoder().fit(table.iloc[:1000])
        slow_jobs["category_encoders HashingEncoder, DataFrame"] = lambda: hashing.transform(row)
    times = interleaved(fast_jobs, rounds=2 if quick else 100, calls=20)
    times |= interleaved(slow_jobs, rounds=2 if quick else 30)
    return pd.DataFrame([line(name, times) for name in times])


def validate(encoder: HybridHashEncoder, rows: object) -> object:
    """What scikit-learn itself does with every input."""
    return validate_data(encoder, rows, reset=False, skip_check_array=True)


def line(name: str, times: Seconds) -> dict[str, str]:
    """A row of the table."""
    median = {job: np.median(measured) for job, measured in times.items()}
    against_validation = ""
    if name in ("ours, DataFrame", "ours, object array", "ours, list of a list"):
        container = "DataFrame" if "DataFrame" in name else "array"
        validation = median[f"validation alone, {container}"]
        against_validation = f"{median[name] / validation:.1f} x"
    ours = median[name] / median["ours, DataFrame"]
    against_ours = f"{ours:,.0f} x" if ours >= 100 else f"{ours:.2g} x"
    p50, p99 = microseconds(times[name])
    return {
        "one row": name,
        "p50": p50,
        "p99": p99,
        "against validation": against_validation,
        "against ours": "" if name == "ours, DataFrame" else against_ours,
    }


def shared(table: pd.DataFrame, encoder: HybridHashEncoder, quick: bool) -> pd.DataFrame:
    """Calls per second of one thread, and of two that share the encoder."""
    rows = []
    for n_rows, calls in ((1, 2_000), (10_000, 40), (100_000, 4)):
        batch, calls = table.iloc[:n_rows], 2 if quick else calls
        jobs: dict[str, Job] = {
            "one": lambda batch=batch, calls=calls: repeat(encoder, batch, 2 * calls),
            "two": lambda batch=batch, calls=calls: in_two_threads(encoder, batch, calls),
        }
        times = interleaved(jobs, rounds=1 if quick else 5)
        one, two = (np.median(measured) for measured in times.values())
        per_second = [f"{2 * calls / seconds:,.0f}" for seconds in (one, two)]
        rows.append([f"{n_rows:,}", *per_second, f"{one / two:.2f} x"])
    return pd.DataFrame(rows, columns=["rows per call", "one thread", "two threads", "gain"])


def repeat(encoder: HybridHashEncoder, batch: pd.DataFrame, calls: int) -> None:
    """Encode the same rows several times."""
    for _ in range(calls):
        encoder.transform(batch)


def in_two_threads(encoder: HybridHashEncoder, batch: pd.DataFrame, calls: int) -> None:
    """The same in two threads at once."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: repeat(encoder, batch, calls), range(2)))
