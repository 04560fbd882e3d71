"""Peak memory beyond input and output, and the size of a pickle.

    python benchmarks/memory.py KIND ROWS COLUMNS JOBS

measures one frame in a process of its own and prints bytes as JSON; `measure` calls it for several.
It reads what Linux keeps of a process's peak, and so needs Linux.
"""

import ctypes
import gc
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import rivals
import tables
from clock import side_by_side
from report import Table

MEGABYTE = 1e6


def measure(quick: bool) -> list[Table]:
    """Peaks, and pickles."""
    return [pickles(quick), *([peaks(quick)] if Path("/proc/self/clear_refs").exists() else [])]


def peaks(quick: bool) -> Table:
    """What fit and transform take at most, for frames of several sizes and kinds."""
    cases = [
        ("text and integers", 1_000_000, 15, 1),
        ("text and integers", 1_000_000, 15, 2),
        ("text and integers, Python objects", 1_000_000, 15, 1),
        ("categories", 1_000_000, 15, 1),
        ("text and integers", 5_000_000, 10, 1),
    ]
    if quick:
        cases = [(kind, 5_000, columns, jobs) for kind, _, columns, jobs in cases]
    rows = []
    for kind, n_rows, n_columns, jobs in cases:
        command = [sys.executable, __file__, kind, str(n_rows), str(n_columns), str(jobs)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows.append(
            (
                f"{n_rows:,} x {n_columns}, {kind}" + (f", `n_jobs={jobs}`" if jobs > 1 else ""),
                *(
                    f"{told[what] / MEGABYTE:,.0f}"
                    for what in ("input", "encoder", "output", "fit", "transform")
                ),
                f"{told['transform'] / told['output']:.0%}",
            )
        )
    text = """
Megabytes. Fit: the peak of the process while it fits, less what it holds afterwards, which is the
input and the encoder. Transform: the peak less these and the output. About two thirds of the
columns are text where there is text; 10,000 slots and 4,000 buckets per column."""
    header = ("rows x columns", "input", "encoder", "output", "fit", "transform", "of the output")
    return Table("Peak memory beyond input and output", text.strip(), header, rows)


def peak_of_one_case(kind: str, n_rows: int, n_columns: int, jobs: int) -> dict[str, float]:
    """Bytes of the input, the output, and beyond these of fit and of transform."""
    n_integers = n_columns // 3
    table = tables.mixed(n_rows, n_columns - n_integers, n_integers)
    if kind == "categories":
        table = table.astype("category")
    elif "objects" in kind:
        table = tables.as_objects(table)
    encoder = rivals.ours(n_jobs=jobs).fit(table.iloc[:1000])
    encoder.transform(table.iloc[:1000])
    before = start_again()
    encoder.fit(table)
    most, held = peak(), before
    before = start_again()
    fit = most - before
    output = encoder.transform(table)
    beyond = peak() - before
    size = output.data.nbytes + output.indices.nbytes + output.indptr.nbytes
    return {
        "input": float(table.memory_usage(deep=True).sum()),
        "encoder": float(max(0, before - held)),
        "output": float(size),
        "fit": float(max(0, fit)),
        "transform": float(max(0, beyond - size)),
    }


def start_again() -> int:
    """Give back what is free, forget the peak so far; the bytes that the process holds now."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def peak() -> int:
    """The most bytes that the process has held since."""
    return status("VmHWM")


def status(name: str, process: int | str = "self") -> int:
    """A figure of a process's status, in bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def pickles(quick: bool) -> Table:
    """Bytes per head value beyond its key, and seconds to load."""
    n_values = 10_000 if quick else 1_000_000
    numbers = np.arange(n_values) * 2_654_435_761 % 2**40
    rows = []
    for kind, values in (("text", tables.text(numbers)), ("integers", pd.Series(numbers))):
        encoder = rivals.ours(top_k=n_values).fit(pd.DataFrame({"c": values}))
        saved = pickle.dumps(encoder)
        keys = int(values.str.len().sum()) if kind == "text" else 8 * n_values
        times = side_by_side({"load": lambda saved=saved: pickle.loads(saved)}, 1 if quick else 5)
        rows.append(
            (
                f"{n_values:,} values of the head, {kind}",
                f"{len(saved) / MEGABYTE:,.1f}",
                f"{(len(saved) - keys) / n_values:.1f}",
                f"{np.median(times['load']):.2f}",
            )
        )
    text = "The tail takes no room. Loading builds the tables that look values up; medians of five."
    header = ("", "megabytes", "bytes per value beyond its key", "seconds to load")
    return Table("Pickles", text, header, rows)


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    print(json.dumps(peak_of_one_case(kind, *map(int, numbers))))
