"""Write the figures of the benchmarks as CSV files, and as tables into pages of the documentation."""

import argparse
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RESULTS = DOCS / "benchmarks" / "results"
BUILD = ROOT / "build" / "benchmarks"


def parser(description: str | None, data: str = "") -> argparse.ArgumentParser:
    """Arguments that all commands have; `data` are the files that ``--data`` names the folder of."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--out", type=Path, help="folder for the CSV files and pictures")
    if data:
        parser.add_argument("--data", type=Path, help=f"folder of {data}")
    return parser


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments, with a folder for the figures: that of the documentation, unless ``--quick``."""
    arguments = parser.parse_args()
    arguments.out = arguments.out or (BUILD / "quick" if arguments.quick else RESULTS)
    arguments.out.mkdir(parents=True, exist_ok=True)
    return arguments


def write(table: pd.DataFrame, out: Path, name: str, n_names: int = 1) -> None:
    """Print a table, write it as OUT/NAME.csv, and show it in the page of the documentation.

    Parameters
    ----------
    table : DataFrame
        Cells as they are shown.
    out : Path
        Folder of the CSV file. The page is written only if it is `RESULTS`.
    name : str
        Name of the file, and of the place in the page.
    n_names : int, default=1
        Number of first columns that are names; all others are aligned right.
    """
    table.to_csv(out / f"{name}.csv", index=False)
    rule = ["---"] * n_names + ["---:"] * (len(table.columns) - n_names)
    lines = [list(table.columns), rule, *table.astype(str).to_numpy().tolist()]
    show("\n".join(f"| {' | '.join(line)} |" for line in lines), out, f"{name}.csv")


def write_setup(out: Path, name: str, packages: Sequence[str]) -> None:
    """Show date, processor, system and versions in the page."""
    versions = []
    for package in ("hybrid-encoder", "scikit-learn", "numpy", "scipy", "pandas", "pyarrow", *packages):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    computer = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    python = f"Python {platform.python_version()}"
    show(
        f"Measured on {date.today():%d %B %Y}: {computer}; {', '.join([python, *versions])}.", out, name
    )


def show(text: str, out: Path, name: str) -> None:
    """Print a text and, if `out` is `RESULTS`, put it between the comments of a page that name it.

    Raises
    ------
    ValueError
        If no page has ``<!-- NAME -->`` and ``<!-- end of NAME -->``.
    """
    print(f"\n{name}\n\n{text}", flush=True)
    if out != RESULTS:
        return
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    for page in sorted(DOCS.rglob("*.md")):
        above, found, rest = page.read_text(encoding="utf-8").partition(begin)
        _, ended, below = rest.partition(end)
        if found and ended:
            page.write_text(f"{above}{begin}\n\n{text}\n\n{end}{below}", encoding="utf-8")
            return
    raise ValueError(f"No page in {DOCS} has {begin} and {end}.")


def mean_and_error(values: pd.Series, digits: int = 2) -> str:
    """Mean, with its sign, and standard error."""
    return f"{values.mean():+.{digits}f} ± {values.sem():.{digits}f}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
