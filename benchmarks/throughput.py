"""Rows in bulk: fit and transform beside the rivals, and by the kind of column."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fused
import numpy as np
import pandas as pd
import rivals
import tables
from clock import Seconds, faster, side_by_side
from report import Table

from hybrid_encoder import HybridHashEncoder, datasets
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform.csr import CsrWriter
from hybrid_encoder._transform.entries import entries
from hybrid_encoder._transform.layout import Layout
from hybrid_encoder._transform.lookup import Places, place

Jobs = dict[str, Callable[[], object]]

COLUMNS = 7

HEADER = ("", "ms", "ns per cell", "time against ours")


def measure(quick: bool, data: Path | None, nvtabular: Path | None) -> list[Table]:
    """All tables of this file."""
    n_rows, rounds = (4_000, 1) if quick else (500_000, 7)
    mixed = tables.mixed(n_rows)
    found = [
        beside_the_rivals(
            "Four columns of text, three of integers", mixed, rounds, slow(mixed, nvtabular, quick)
        )
    ]
    if data is not None:
        loans = tables.loans(data)
        real = loans.sample(4_000, random_state=0) if quick else loans
        found.append(beside_the_rivals("Loans: ten columns of text, four of integers", real, rounds, {}))
    else:
        flights = datasets.load_flights().data.iloc[: 4_000 if quick else None]
        found.append(beside_the_rivals("Flights: seven columns", flights, rounds, {}))
    return [
        *found,
        by_kind(n_rows, rounds),
        stages(n_rows, rounds),
        near_unique(n_rows, rounds),
    ]


def beside_the_rivals(title: str, table: pd.DataFrame, rounds: int, more: dict[str, float]) -> Table:
    """Fit and transform beside scikit-learn's encoders and Keras, and `more` figures in seconds."""
    ours = rivals.ours().fit(table)
    groups = [
        beside_one_hot(table, rounds),
        beside_the_hasher(ours, table, rounds),
        beside_keras(ours, table, rounds),
    ]
    lines = {name: line(name, times, table.size) for times in groups for name in times}
    times = groups[0] | groups[1] | groups[2]
    for name, seconds in more.items():
        base = float(np.median(times[ours_for(name, times)]))
        lines[name] = (name, *figures(seconds, table.size), f"{seconds / base:.2g} x")
    text = f"""
{len(table):,} rows of {table.shape[1]} columns; medians of {rounds} rounds. The last column is the
median over rounds of a time to that of ours for the same work, in the same rounds (object columns,
and NVTabular, whose pandas has no others: to ours on these). Ours: `top_k=10_000, n_buckets=4_000`.
Rivals: `OneHotEncoder(max_categories=10_000, handle_unknown="infrequent_if_exist")`;
`FeatureHasher(2**17, input_type="string")` on lists of `column=value`, which lie ready or are made
from the frame first; Keras' lookup layers with our heads as vocabularies and 4,000
out-of-vocabulary indices (they use all cores, and give one index per cell)."""
    if more:
        text += """
`HashingEncoder(n_components=32, max_process=1)` of category_encoders is timed apart, on the first
20,000 rows; its output is dense. NVTabular's `Categorify(max_size=14_002, num_buckets=4_000)` runs
in an environment of its own, as its last release needs pandas 1.5, on a frame in memory; it gives
one index per cell, and its fit writes Parquet files."""
    rows = sorted(lines.values(), key=lambda row: (row[0].split(":")[0], "ours" not in row[0]))
    return Table(title, text.strip(), HEADER, rows)


def beside_one_hot(table: pd.DataFrame, rounds: int) -> Seconds:
    """Beside OneHotEncoder, on columns of text as they come and as Python objects."""
    objects = tables.as_objects(table)
    ours, two_jobs, one_hot = rivals.ours(), rivals.ours(n_jobs=2), rivals.one_hot()
    target = np.random.default_rng(0).integers(0, 2, len(table))
    return side_by_side(
        {
            "fit: ours": lambda: ours.fit(table),
            "fit: ours, with a target of two classes": lambda: ours.fit(table, target),
            "fit: ours, n_jobs=2": lambda: two_jobs.fit(table),
            "fit: ours, object columns": lambda: ours.fit(objects),
            "fit: OneHotEncoder(max_categories)": lambda: one_hot.fit(table),
            "fit: OneHotEncoder(max_categories), object columns": lambda: one_hot.fit(objects),
            "transform: ours": lambda: ours.transform(table),
            "transform: ours, n_jobs=2": lambda: two_jobs.transform(table),
            "transform: ours, object columns": lambda: ours.transform(objects),
            "transform: OneHotEncoder(max_categories)": lambda: one_hot.transform(table),
            "transform: OneHotEncoder(max_categories), object columns": lambda: one_hot.transform(
                objects
            ),
        },
        rounds,
    )


def beside_the_hasher(ours: HybridHashEncoder, table: pd.DataFrame, rounds: int) -> Seconds:
    """Beside FeatureHasher, whose tokens fill the memory with millions of objects."""
    hasher, rows = rivals.hasher(), rivals.tokens(table)
    return side_by_side(
        {
            "transform: ours, beside FeatureHasher": lambda: ours.transform(table),
            "transform: FeatureHasher, tokens at hand": lambda: hasher.transform(rows),
            "transform: FeatureHasher and its tokens": lambda: hasher.transform(rivals.tokens(table)),
        },
        rounds,
    )


def beside_keras(ours: HybridHashEncoder, table: pd.DataFrame, rounds: int) -> Seconds:
    """Indices for embeddings, beside Keras where it is installed."""
    objects = tables.as_objects(table)
    jobs: Jobs = {
        "indices: ours, encode_indices": lambda: ours.encode_indices(table),
        "indices: ours, object columns": lambda: ours.encode_indices(objects),
    }
    if rivals.has("keras"):
        look_up = rivals.keras_lookups(table)
        jobs["indices: Keras StringLookup and IntegerLookup"] = lambda: look_up(table)
    return side_by_side(jobs, rounds)


def line(name: str, times: Seconds, cells: int) -> tuple[str, ...]:
    """A row of the table: a rival's ratio is to ours on the same form of columns."""
    base = ours_for(name, times)
    ratio = "" if name == base else f"{faster(times[base], times[name]):.2g} x"
    return (name, *figures(float(np.median(times[name])), cells), ratio)


def ours_for(name: str, times: Seconds) -> str:
    """Which of our times a time is held against."""
    work, who = name.split(": ")
    if who == "NVTabular Categorify" or ("object" in who and not who.startswith("ours")):
        return f"{work}: ours, object columns"
    return next(other for other in times if other.startswith(f"{work}: ours"))


def figures(seconds: float, cells: int) -> tuple[str, str]:
    """Milliseconds, and nanoseconds per cell."""
    return f"{seconds * 1e3:,.0f}", f"{seconds / cells * 1e9:,.0f}"


def slow(table: pd.DataFrame, nvtabular: Path | None, quick: bool) -> dict[str, float]:
    """Seconds of rivals that are too slow for every round, or live in another environment."""
    found = {}
    if rivals.has("category_encoders"):
        part = table.iloc[: 500 if quick else 20_000]
        encoder = rivals.hashing_encoder()
        jobs = {
            "fit": lambda: encoder.fit(part),
            "transform": lambda: encoder.transform(part),
        }
        for work, times in side_by_side(jobs, 1 if quick else 3).items():
            scale = len(table) / len(part)
            found[f"{work}: category_encoders HashingEncoder"] = float(np.median(times)) * scale
    if nvtabular is not None:
        script = Path(__file__).with_name("categorify.py")
        command = [nvtabular, script, "--rows", str(len(table))]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for work, seconds in json.loads(told.splitlines()[-1]).items():
            found[f"{work}: NVTabular Categorify"] = seconds
    return found


def by_kind(n_rows: int, rounds: int) -> Table:
    """The same number of columns of one kind each, and the practical limit for text."""
    text, numbers = tables.mixed(n_rows, 7, 0), tables.mixed(n_rows, 0, 7)
    kinds = {
        "text, pandas' default": text,
        "text, pandas' default, `n_jobs=2`": text,
        "text, Python objects": tables.as_objects(text),
        "integers": numbers,
        "floats": numbers.astype(float),
        "categories of text": text.astype("category"),
        "categories of integers": numbers.astype("category"),
    }
    encoders = {
        kind: rivals.ours(n_jobs=2 if "n_jobs" in kind else 1).fit(table)
        for kind, table in kinds.items()
    }
    jobs: Jobs = {}
    for kind, table in kinds.items():
        jobs[f"fit: {kind}"] = lambda kind=kind, table=table: encoders[kind].fit(table)
        jobs[f"transform: {kind}"] = lambda kind=kind, table=table: encoders[kind].transform(table)
    text_kind = "text, pandas' default"
    if fused.compiler() is not None:
        limit = fused.FusedEncoder(encoders[text_kind])
        assert (limit.transform(text) != encoders[text_kind].transform(text)).nnz == 0
        jobs["transform: text, one fused pass of C++"] = lambda: limit.transform(text)
    times = side_by_side(jobs, rounds)
    times |= without_pyarrow(n_rows, rounds)
    per_cell = {
        name: f"{np.median(measured) / text.size * 1e9:,.0f}" for name, measured in times.items()
    }
    ratios = {}
    for name, measured in times.items():
        base = times[f"{name.split(':')[0]}: {text_kind}"]
        ratios[name] = f"{faster(measured, base):.2g} x"
    names = list(dict.fromkeys(name.split(": ", 1)[1] for name in times))
    rows = [
        (
            name,
            *(per_cell.get(f"{work}: {name}", "") for work in ("fit", "transform")),
            *(ratios.get(f"{work}: {name}", "") for work in ("fit", "transform")),
        )
        for name in names
    ]
    share = 1 - float(
        np.mean([row[0] for row in encoders[text_kind].report()[["tail_share"]].to_numpy()])
    )
    note = f"""
{n_rows:,} rows of seven columns of one kind, {share:.0%} of the values in the head; nanoseconds per
cell, medians of {rounds} rounds, and how many times as fast as text. The fused pass
(`benchmarks/fused.cpp`, one thread, `-O3 -march=native`) hashes, looks up and writes cell by cell,
and gives the same bits: a measure of what the work itself costs. Without pyarrow, in a process that
cannot import it, text lies in Python objects."""
    header = ("columns of", "fit", "transform", "fit, against text", "transform, against text")
    return Table("By kind of column", note.strip(), header, rows)


def without_pyarrow(n_rows: int, rounds: int) -> Seconds:
    """The same columns of text, in a process that cannot import pyarrow."""
    command = [sys.executable, Path(__file__).with_name("without_pyarrow.py"), str(n_rows), str(rounds)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: np.array(measured) for name, measured in json.loads(told).items()}


def near_unique(n_rows: int, rounds: int) -> Table:
    """Every value distinct, all of them in the tail: what hashing alone costs."""
    table = tables.near_unique(n_rows)
    tail_only, default = rivals.ours(top_k=0).fit(table), rivals.ours(top_k="auto").fit(table)
    hasher, rows = rivals.hasher(), rivals.tokens(table)
    jobs: Jobs = {
        "transform: ours, `top_k=0`": lambda: tail_only.transform(table),
        'transform: ours, `top_k="auto"`': lambda: default.transform(table),
        "transform: FeatureHasher, tokens at hand": lambda: hasher.transform(rows),
        "transform: FeatureHasher and its tokens": lambda: hasher.transform(rivals.tokens(table)),
        "fit and transform: ours, `top_k=0`": lambda: tail_only.fit_transform(table),
        'fit and transform: ours, `top_k="auto"`': lambda: default.fit_transform(table),
        "fit and transform: FeatureHasher and its tokens": lambda: hasher.fit_transform(
            rivals.tokens(table)
        ),
    }
    times = side_by_side(jobs, rounds)
    note = (
        f"{n_rows:,} rows of a column of text and one of integers, every value once; medians of "
        f"{rounds} rounds. FeatureHasher learns nothing: its fit is free."
    )
    return Table("Near-unique columns", note, HEADER, [line(name, times, table.size) for name in times])


def stages(n_rows: int, rounds: int) -> Table:
    """Where the time of transform goes."""
    n_rows = min(n_rows, 1 << 17)
    kinds = {
        "text": tables.mixed(n_rows, 1, 0),
        "text, Python objects": tables.as_objects(tables.mixed(n_rows, 1, 0)),
        "integers": tables.mixed(n_rows, 0, 1),
    }
    rows = []
    for kind, table in kinds.items():
        encoder = rivals.ours().fit(table)
        settled, layout = encoder._settled[0], encoder._layout
        vocabulary, seeds = settled.vocabulary, settled.seeds
        raw = next(iter(table.items()))[1].array
        column = read_column(raw, kind)
        places = place(column, vocabulary, rivals.BUCKETS, seeds, ignore_missing=False)

        def write(places: Places = places, layout: Layout = layout) -> None:
            writer = CsrWriter(n_rows, layout.n_features_out, np.float64)
            writer.append(entries([places] * COLUMNS, layout_of(layout, COLUMNS), 0.5))
            writer.finish()

        jobs: Jobs = {
            "read": lambda raw=raw, kind=kind: read_column(raw, kind),
            "look up": lambda column=column, vocabulary=vocabulary: vocabulary.slots(column.values),
            "look up, and hash the tail": lambda column=column, vocabulary=vocabulary, seeds=seeds: (
                place(column, vocabulary, rivals.BUCKETS, seeds, ignore_missing=False)
            ),
            "write": write,
        }
        times = side_by_side(jobs, rounds, calls=5)
        read, found, placed, written = (float(np.median(measured)) for measured in times.values())
        per_stage = (read, found, max(0.0, placed - found), written / COLUMNS)
        rows.append((kind, *(f"{seconds / n_rows * 1e9:.1f}" for seconds in per_stage)))
    text = f"""
Nanoseconds per cell of a block of {n_rows:,} rows, {rounds * 5} calls; writing is that of {COLUMNS}
such columns. Only reading, looking up and hashing depend on the kind of column: integers do them in
less than half the time of text, and what remains, writing the matrix, is the same for all."""
    return Table(
        "Where the time of transform goes",
        text.strip(),
        ("", "read", "look up", "hash the tail", "write"),
        rows,
    )


def layout_of(layout: Layout, n_columns: int) -> Layout:
    """The layout of so many columns that are all alike."""
    return Layout(
        np.repeat(layout.n_slots, n_columns), np.repeat(layout.n_buckets, n_columns), indicator=False
    )
