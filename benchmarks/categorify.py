"""Times of NVTabular's Categorify on the mixed table; run by throughput.py, prints JSON.

It runs in the environment of NVTabular, which does not have this package.
"""

import json
import sys
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
    table: pd.DataFrame = mixed(int(sys.argv[1]))
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
