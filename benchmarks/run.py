"""Speed and memory compared with other encoders: the figures of docs/benchmarks/speed.md.

    python benchmarks/run.py [--quick] [--data FOLDER] [--nvtabular PYTHON] [--out FOLDER]

`make bench` creates an environment with the other encoders and one for NVTabular, and runs this command.
``--data`` adds the loans.
"""

from itertools import chain
from pathlib import Path

import growth
import latency
import memory
import results
import throughput


def main() -> None:
    parser = results.parser(__doc__, data="loans.parquet")
    parser.add_argument("--nvtabular", type=Path, help="the Python that can import NVTabular")
    arguments = results.parse(parser)
    quick, out = arguments.quick, arguments.out
    measured = chain(
        throughput.measure(quick, arguments.data, arguments.nvtabular),
        latency.measure(quick),
        memory.measure(quick),
    )
    for name, table in measured:
        results.write(table, out, name)
    points = growth.measure(quick)
    results.write(growth.shown(points), out, "speed_growth")
    growth.draw(points, out / "growth.svg")
    packages = ("polars", "category_encoders", "keras", "tensorflow_cpu")
    results.write_setup(out, "speed setup", packages)


if __name__ == "__main__":
    main()
