"""Peak memory in addition to input and output, and the size of a pickle.

    python benchmarks/memory.py KIND ROWS COLUMNS JOBS

measures one table and prints bytes as JSON. `measure` runs this command for several tables, each in a
separate process. The peak memory of a process is read from Linux.
"""

import ctypes
import gc
import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import peers
import pyarrow as pa
import tables
from timing import in_own_process, interleaved

MEGABYTE = 1e6
CASES = [
    ("text and integers", 1_000_000, 15, 1),
    ("text and integers", 1_000_000, 15, 2),
    ("text and integers, Python objects", 1_000_000, 15, 1),
    ("categories", 1_000_000, 15, 1),
    ("text and integers", 5_000_000, 10, 1),
]


def measure(quick: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    """Pickles, and peaks where the system reports them."""
    yield "speed_pickles", pickles(10_000 if quick else 1_000_000, rounds=1 if quick else 5)
    if Path("/proc/self/clear_refs").exists():
        yield "speed_memory", peaks(quick)


def peaks(quick: bool) -> pd.DataFrame:
    """Megabytes that fit and transform need at most, for tables of several sizes and kinds."""
    rows = []
    for kind, n_rows, n_columns, jobs in CASES:
        n_rows = 5_000 if quick else n_rows
        found = in_own_process(__file__, kind, n_rows, n_columns, jobs)
        name = f"{n_rows:,} x {n_columns}, {kind}" + (f", `n_jobs={jobs}`" if jobs > 1 else "")
        megabytes = {what: f"{size / MEGABYTE:,.0f}" for what, size in found.items()}
        of_the_output = f"{found['transform'] / found['output']:.0%}"
        rows.append({"rows x columns": name} | megabytes | {"of the output": of_the_output})
    return pd.DataFrame(rows)


def peak_of_one_case(kind: str, n_rows: int, n_columns: int, jobs: int) -> dict[str, float]:
    """Bytes of the input, the output, and beyond these of fit and of transform."""
    n_integers = n_columns // 3
    table = tables.mixed(n_rows, n_columns - n_integers, n_integers)
    if kind == "categories":
        table = table.astype("category")
    elif "objects" in kind:
        table = tables.as_objects(table)
    encoder = peers.ours(n_jobs=jobs).fit(table.iloc[:1000])
    encoder.transform(table.iloc[:1000])
    before_fit = reset_peak()
    encoder.fit(table)
    most = peak()
    before = reset_peak()
    output = encoder.transform(table)
    beyond = peak() - before
    size = output.data.nbytes + output.indices.nbytes + output.indptr.nbytes
    return {
        "input": float(table.memory_usage(deep=True).sum()),
        "encoder": float(max(0, before - before_fit)),
        "output": float(size),
        "fit": float(max(0, most - before)),
        "transform": float(max(0, beyond - size)),
    }


def reset_peak() -> int:
    """Release free memory and reset the recorded peak; the bytes that the process holds now."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def peak() -> int:
    """The most bytes that the process has held since the start or the last reset."""
    return status("VmHWM")


def status(name: str, process: int | str = "self") -> int:
    """A figure of a process's status, in bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def pickles(n_values: int, rounds: int) -> pd.DataFrame:
    """Bytes per head value beyond its key, and seconds to load."""
    numbers = tables.scattered(np.arange(n_values))
    rows = []
    for kind, values in (("text", tables.text(numbers)), ("integers", pd.Series(numbers))):
        encoder = peers.ours(top_k=n_values).fit(pd.DataFrame({"c": values}))
        saved = pickle.dumps(encoder)
        keys = int(values.str.len().sum()) if kind == "text" else 8 * n_values
        times = interleaved({"load": lambda saved=saved: pickle.loads(saved)}, rounds)
        rows.append(
            {
                "head": f"{n_values:,} values, {kind}",
                "megabytes": f"{len(saved) / MEGABYTE:,.1f}",
                "bytes per value beyond its key": f"{(len(saved) - keys) / n_values:.1f}",
                "seconds to load": f"{np.median(times['load']):.2f}",
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    print(json.dumps(peak_of_one_case(kind, *map(int, numbers))))
