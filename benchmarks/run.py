"""Everything that is measured of speed and memory, beside the peers, as a page.

    python benchmarks/run.py [--quick] [--data FOLDER] [--nvtabular PYTHON] [--out FOLDER]

`make bench` makes an environment with the peers, and one for NVTabular, runs this, and writes
docs/benchmarks/speed.md and its plot. Without ``--data`` the flights of the package stand in for the
loans. ``--quick`` takes a minute, shows that all of it runs, and writes nothing unless told where.
"""

import argparse
from pathlib import Path

import growth
import latency
import memory
import throughput
from report import machine

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"

PAGE = """# Speed and memory

Made by `make bench`: {machine}

Rivals do their work in turn, in an order that changes from round to round, on a shared machine:
times vary from run to run, ratios less. What is timed apart says so. A cell is one value of one
row; `n_jobs` is 1 unless a line says otherwise.

{sections}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--data", type=Path, help="folder of loans.parquet")
    parser.add_argument("--nvtabular", type=Path, help="the Python that can import NVTabular")
    parser.add_argument("--out", type=Path, help="where the page and the plot go")
    arguments = parser.parse_args()
    out = arguments.out or (None if arguments.quick else DOCS)
    sections = []
    for measured in (
        lambda: throughput.measure(arguments.quick, arguments.data, arguments.nvtabular),
        lambda: latency.measure(arguments.quick),
        lambda: memory.measure(arguments.quick),
    ):
        for table in measured():
            sections.append(table.markdown())
            print(sections[-1], flush=True)
    table, points = growth.measure(arguments.quick)
    sections.append(table.markdown())
    print(sections[-1])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        growth.draw(points, out / "growth.svg")
        sections.append(
            "![Time per cell against rows, slots and distinct values](growth.svg)\n\n" + growth.NOTE
        )
        page = PAGE.format(machine=machine(), sections="\n".join(sections))
        (out / "speed.md").write_text(page.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
