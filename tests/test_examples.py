"""The examples and benchmarks run, and the pages show the figures of the benchmarks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.java import why_no_spark

ROOT = Path(__file__).parents[1]


def run(script, *arguments):
    # PySpark warns of pandas 3 whatever it is asked to do.
    warnings = "error::FutureWarning,ignore:PySpark does not yet fully support pandas:FutureWarning"
    environment = os.environ | {"PYTHONWARNINGS": warnings, "MPLBACKEND": "agg"}
    command = [sys.executable, str(ROOT / script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_quickstart():
    pytest.importorskip("matplotlib")
    output = run("examples/quickstart.py", "--rows", "4000")
    assert "HybridHashEncoder, 10%" in output
    assert "fresh process" in output
    assert (ROOT / "examples" / "output" / "coverage.png").stat().st_size > 10_000


# What pages of the gallery need beside the package and matplotlib, and a pattern of what each prints.
NEEDS = {
    "embeddings_with_torch": ["torch"],
    "encode_baskets": ["polars"],
    "serve_over_http": ["fastapi", "uvicorn"],
    "serve_with_onnx": ["onnx", "onnxruntime", "skl2onnx"],
}
PRINTS = {
    "coverage_and_collisions": "tail_values",
    "embeddings_with_torch": "full table",
    "encode_baskets": "difference: 0.0",
    "how_many_columns": "FeatureHasher",
    "month_by_month": "2013-12",
    "new_values": "Column 'carrier', row 0: 7 is a number",
    "serve_over_http": r"HybridHashEncoder +[\d.]+ +[\d.]+",
    "serve_with_onnx": r"of (0\.\d{6}), by ONNX Runtime\n +\1, by scikit-learn",
    "tune_the_encoder": "on the flights after them",
    "which_importance": "excess .our own.",
}
# Scripts that are no pages have tests of their own.
SCRIPTS = {"quickstart", "spark_click_model"}
PAGES = sorted({path.stem for path in (ROOT / "examples").glob("*.py")} - SCRIPTS)


@pytest.mark.parametrize("page", PAGES)
def test_page_of_the_gallery(page):
    for package in ["matplotlib", *NEEDS.get(page, [])]:
        pytest.importorskip(package)
    assert re.search(PRINTS[page], run(f"examples/{page}.py"))


@pytest.mark.parametrize("page", PAGES)
def test_page_is_one_that_the_gallery_can_show(page):
    text = (ROOT / "examples" / f"{page}.py").read_text()
    title, underline = text.removeprefix('"""').split("\n")[1:3]
    assert title.endswith("?")
    assert underline == "=" * len(title)
    assert "\n# %%\n" in text


def test_coverage_and_collisions_saves_its_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    run("examples/coverage_and_collisions.py", str(tmp_path))
    for picture in ("coverage_later.png", "collisions_by_buckets.png"):
        assert (tmp_path / picture).stat().st_size > 10_000


# Benchmarks, what they need beside the package and pyarrow, and a row of each file that they write.
BENCHMARKS = {
    "onnx_serving": (
        ["onnxruntime", "skl2onnx"],
        {"onnx_bytes": "flights, encoder", "onnx_times": "flights, indices"},
    ),
    "run": (
        ["matplotlib", "polars"],
        {
            "speed_mixed": "fit: ours",
            "speed_kinds": "integers",
            "speed_stages": "integers",
            "speed_near_unique": "transform: ours, `top_k=0`",
            "speed_one_row": "ours, list of a list",
            "speed_threads": "1",
            "speed_pickles": "10,000 values, text",
            "speed_growth": "slots: 10,000",
        },
    ),
    "saving": (["skops"], {"saving": "1,000 texts"}),
}


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_benchmark(benchmark, tmp_path):
    needs, rows = BENCHMARKS[benchmark]
    for package in ["pyarrow", *needs]:
        pytest.importorskip(package)
    run(f"benchmarks/{benchmark}.py", "--quick", "--out", str(tmp_path))
    for name, row in rows.items():
        assert row in pd.read_csv(tmp_path / f"{name}.csv", dtype=str).iloc[:, 0].tolist()
    assert (tmp_path / "growth.svg").exists() == (benchmark == "run")


FIGURES = sorted((ROOT / "docs" / "benchmarks" / "results").glob("*.csv"))


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_one_page_shows_the_figures_of_a_file(path):
    begin, end = f"<!-- {path.name} -->", f"<!-- end of {path.name} -->"
    texts = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md")]
    (shown,) = [text.partition(begin)[2].partition(end)[0] for text in texts if begin in text]
    lines = [line.strip("|").split("|") for line in shown.strip().splitlines()]
    names, _, *rows = [[cell.strip() for cell in line] for line in lines]
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert (names, rows) == (list(table), table.to_numpy().tolist())


def test_every_place_for_figures_has_a_file():
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    assert sorted(re.findall(r"<!-- (\S+\.csv) -->", pages)) == [path.name for path in FIGURES]


@pytest.mark.skipif(why_no_spark() is not None, reason=str(why_no_spark()))
def test_spark_click_model():
    output = run("examples/spark_click_model.py", "--rows", "4000")
    by_spark, by_server = re.search(
        r"by Spark: ([\d.]+), by a server without it: ([\d.]+)", output
    ).groups()
    assert by_spark == by_server
