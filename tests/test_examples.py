"""The examples and benchmarks run; what they print at full size is in the documents."""

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_what_onnx_costs(tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("skl2onnx")
    run("benchmarks/onnx_serving.py", "--quick", "--out", str(tmp_path))
    page = (tmp_path / "onnx.md").read_text()
    assert page.index("## How it works") < page.index("## What it costs") < page.index("### Time")


@pytest.mark.skipif(why_no_spark() is not None, reason=str(why_no_spark()))
def test_spark_click_model():
    output = run("examples/spark_click_model.py", "--rows", "4000")
    by_spark, by_server = re.search(
        r"by Spark: ([\d.]+), by a server without it: ([\d.]+)", output
    ).groups()
    assert by_spark == by_server


def test_speed_and_memory(tmp_path):
    for package in ("matplotlib", "polars", "pyarrow"):
        pytest.importorskip(package)
    run("benchmarks/run.py", "--quick", "--out", str(tmp_path))
    page = (tmp_path / "speed.md").read_text()
    for heading in ("By kind of column", "Near-unique columns", "One row", "Pickles", "Growth"):
        assert f"## {heading}" in page
    assert "<svg" in (tmp_path / "growth.svg").read_text()


def test_saving():
    pytest.importorskip("skops")
    output = run("benchmarks/saving.py", "--quick")
    assert "| 1,000 texts | skops |" in output
    assert "| 1,000 integers | JSON |" in output
