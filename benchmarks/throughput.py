"""Time of fit and transform for many rows: compared with other encoders, by kind of column, by stage."""

from collections.abc import Iterator
from pathlib import Path

import fused
import numpy as np
import pandas as pd
import peers
import tables
from timing import Job, Seconds, in_own_process, interleaved, ratio

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform.csr import CsrWriter, entries

Jobs = dict[str, Job]

COLUMNS = 7  # that are written at a time, where stages are measured
TEXT = "text, pandas' default"


def measure(
    quick: bool, data: Path | None, nvtabular: Path | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """All tables of this module, by name."""
    n_rows, rounds = (4_000, 1) if quick else (500_000, 7)
    mixed = tables.mixed(n_rows)
    yield "speed_mixed", beside_the_peers(mixed, rounds, slow(mixed, nvtabular, quick))
    if data is not None:
        loans = tables.loans(data)
        loans = loans.sample(4_000, random_state=0) if quick else loans
        yield "speed_loans", beside_the_peers(loans, rounds, {})
    yield "speed_kinds", by_kind(n_rows, rounds)
    yield "speed_stages", stages(min(n_rows, 1 << 17), rounds)
    yield "speed_near_unique", near_unique(n_rows, rounds)


def beside_the_peers(table: pd.DataFrame, rounds: int, more: dict[str, float]) -> pd.DataFrame:
    """Fit and transform beside scikit-learn's encoders and Keras, and `more` times in seconds."""
    ours = peers.ours().fit(table)
    groups = [
        beside_one_hot(table, rounds),
        beside_the_hasher(ours, table, rounds),
        beside_keras(ours, table, rounds),
    ]
    rows = {name: row(name, times, table.size) for times in groups for name in times}
    times = groups[0] | groups[1] | groups[2]
    for name, seconds in more.items():
        base = float(np.median(times[ours_for(name, times)]))
        rows[name] = [name, *per_cell(seconds, table.size), f"{seconds / base:.2g} x"]
    return in_columns(
        sorted(rows.values(), key=lambda row: (row[0].split(":")[0], "ours" not in row[0]))
    )


def beside_one_hot(table: pd.DataFrame, rounds: int) -> Seconds:
    """Beside OneHotEncoder, on columns of text as they come and as Python objects."""
    objects = tables.as_objects(table)
    ours, two_jobs, one_hot = peers.ours(), peers.ours(n_jobs=2), peers.one_hot()
    target = np.random.default_rng(0).integers(0, 2, len(table))
    return interleaved(
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
    hasher, rows = peers.hasher(), peers.tokens(table)
    return interleaved(
        {
            "transform: ours, beside FeatureHasher": lambda: ours.transform(table),
            "transform: FeatureHasher, tokens at hand": lambda: hasher.transform(rows),
            "transform: FeatureHasher and its tokens": lambda: hasher.transform(peers.tokens(table)),
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
    if peers.has("keras"):
        look_up = peers.keras_lookups(table)
        jobs["indices: Keras StringLookup and IntegerLookup"] = lambda: look_up(table)
    return interleaved(jobs, rounds)


def in_columns(rows: list[list[str]]) -> pd.DataFrame:
    """Rows as the table of them."""
    return pd.DataFrame(rows, columns=["encoder", "ms", "ns per cell", "time against ours"])


def row(name: str, times: Seconds, cells: int) -> list[str]:
    """One row of a table: the ratio is to ours on the same form of columns."""
    base = ours_for(name, times)
    against = "" if name == base else f"{ratio(times[base], times[name]):.2g} x"
    return [name, *per_cell(float(np.median(times[name])), cells), against]


def ours_for(name: str, times: Seconds) -> str:
    """Which of our times another time is compared with."""
    work, encoder = name.split(": ")
    if encoder == "NVTabular Categorify" or ("object" in encoder and not encoder.startswith("ours")):
        return f"{work}: ours, object columns"
    return next(other for other in times if other.startswith(f"{work}: ours"))


def per_cell(seconds: float, cells: int) -> tuple[str, str]:
    """Milliseconds, and nanoseconds per cell."""
    return f"{seconds * 1e3:,.0f}", f"{seconds / cells * 1e9:,.0f}"


def slow(table: pd.DataFrame, nvtabular: Path | None, quick: bool) -> dict[str, float]:
    """Seconds of encoders that are too slow for every round, or run in another environment."""
    found = {}
    if peers.has("category_encoders"):
        part = table.iloc[: 500 if quick else 20_000]
        encoder = peers.hashing_encoder()
        jobs: Jobs = {"fit": lambda: encoder.fit(part), "transform": lambda: encoder.transform(part)}
        for work, times in interleaved(jobs, 1 if quick else 3).items():
            scale = len(table) / len(part)
            found[f"{work}: category_encoders HashingEncoder"] = float(np.median(times)) * scale
    if nvtabular is not None:
        script = Path(__file__).with_name("categorify.py")
        for work, seconds in in_own_process(script, len(table), python=nvtabular).items():
            found[f"{work}: NVTabular Categorify"] = seconds
    return found


def by_kind(n_rows: int, rounds: int) -> pd.DataFrame:
    """Columns of one kind each, and the practical limit for text."""
    text, numbers = tables.mixed(n_rows, 7, 0), tables.mixed(n_rows, 0, 7)
    kinds = {
        TEXT: text,
        f"{TEXT}, `n_jobs=2`": text,
        "text, Python objects": tables.as_objects(text),
        "integers": numbers,
        "floats": numbers.astype(float),
        "categories of text": text.astype("category"),
        "categories of integers": numbers.astype("category"),
    }
    jobs: Jobs = {}
    for kind, table in kinds.items():
        encoder = peers.ours(n_jobs=2 if "n_jobs" in kind else 1).fit(table)
        jobs[f"fit: {kind}"] = lambda encoder=encoder, table=table: encoder.fit(table)
        jobs[f"transform: {kind}"] = lambda encoder=encoder, table=table: encoder.transform(table)
    if fused.compiler() is not None:
        encoder = peers.ours().fit(text)
        limit = fused.FusedEncoder(encoder)
        assert (limit.transform(text) != encoder.transform(text)).nnz == 0
        jobs["transform: text, one fused pass of C++"] = lambda: limit.transform(text)
    without_pyarrow = in_own_process(Path(__file__).with_name("without_pyarrow.py"), n_rows, rounds)
    times = interleaved(jobs, rounds) | {name: np.array(one) for name, one in without_pyarrow.items()}
    rows: dict[str, dict[str, str]] = {}
    for name, measured in times.items():
        work, kind = name.split(": ", 1)
        of_kind = rows.setdefault(kind, {"columns of": kind})
        of_kind[work] = f"{np.median(measured) / text.size * 1e9:,.0f}"
        of_kind[f"{work}, against text"] = f"{ratio(measured, times[f'{work}: {TEXT}']):.2g} x"
    columns = ["columns of", "fit", "transform", "fit, against text", "transform, against text"]
    return pd.DataFrame(rows.values()).fillna("")[columns]


def near_unique(n_rows: int, rounds: int) -> pd.DataFrame:
    """Every value different, all of them in the tail: what hashing alone costs."""
    table = tables.near_unique(n_rows)
    tail_only, default = peers.ours(top_k=0).fit(table), peers.ours(top_k="auto").fit(table)
    hasher, rows = peers.hasher(), peers.tokens(table)
    jobs: Jobs = {
        "transform: ours, `top_k=0`": lambda: tail_only.transform(table),
        'transform: ours, `top_k="auto"`': lambda: default.transform(table),
        "transform: FeatureHasher, tokens at hand": lambda: hasher.transform(rows),
        "transform: FeatureHasher and its tokens": lambda: hasher.transform(peers.tokens(table)),
        "fit and transform: ours, `top_k=0`": lambda: tail_only.fit_transform(table),
        'fit and transform: ours, `top_k="auto"`': lambda: default.fit_transform(table),
        "fit and transform: FeatureHasher and its tokens": lambda: hasher.fit_transform(
            peers.tokens(table)
        ),
    }
    times = interleaved(jobs, rounds)
    return in_columns([row(name, times, table.size) for name in times])


def stages(n_rows: int, rounds: int) -> pd.DataFrame:
    """The parts that the time of transform consists of, in nanoseconds per cell."""
    kinds = {
        "text": tables.mixed(n_rows, 1, 0),
        "text, Python objects": tables.as_objects(tables.mixed(n_rows, 1, 0)),
        "integers": tables.mixed(n_rows, 0, 1),
    }
    return pd.DataFrame([stages_of(kind, table, rounds) for kind, table in kinds.items()])


def stages_of(kind: str, table: pd.DataFrame, rounds: int) -> dict[str, str]:
    """A row of the table of stages, for a column of one kind."""
    wide = pd.DataFrame({f"column {number}": table.iloc[:, 0] for number in range(COLUMNS)})
    columns = peers.ours().fit(wide)._fitted.columns
    locator = columns[0].locator
    raw = table.iloc[:, 0].array
    column = read_column(raw)
    located = locator.locate(column)

    def write() -> None:
        writer = CsrWriter(len(table), columns[-1].end, np.float64)
        writer.append(entries([located] * COLUMNS, columns, 0.5))
        writer.finish()

    jobs: Jobs = {
        "read": lambda: read_column(raw),
        "look up": lambda: locator.vocabulary.slots(column.values),
        "look up, and hash the tail": lambda: locator.locate(column),
        "write": write,
    }
    times = interleaved(jobs, rounds, calls=5)
    read, found, placed, written = (float(np.median(measured)) for measured in times.values())
    parts = {
        "read": read,
        "look up": found,
        "hash the tail": max(0.0, placed - found),
        "write": written / COLUMNS,
    }
    return {"column of": kind} | {name: f"{1e9 * s / len(table):.1f}" for name, s in parts.items()}
