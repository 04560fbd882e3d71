"""NVTabular's Categorify on the mixed table, in its own environment; prints seconds as JSON.

Called by throughput.py. It imports nothing of this package, which that environment does not hold.
"""

import argparse
import json
import tempfile
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

import nvtabular as nvt
from nvtabular import ops
from tables import mixed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, required=True)
    table: pd.DataFrame = mixed(parser.parse_args().rows)
    seconds: dict[str, list[float]] = {"fit": [], "indices": []}
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            categorify = ops.Categorify(max_size=14_002, num_buckets=4_000, out_path=folder)
            workflow, data = nvt.Workflow(list(table) >> categorify), nvt.Dataset(table, cpu=True)
            start = time.perf_counter()
            workflow.fit(data)
            fitted = time.perf_counter()
            workflow.transform(data).to_ddf().compute(scheduler="synchronous")
            seconds["fit"].append(fitted - start)
            seconds["indices"].append(time.perf_counter() - fitted)
    print(json.dumps({work: float(np.median(measured)) for work, measured in seconds.items()}))


if __name__ == "__main__":
    main()
