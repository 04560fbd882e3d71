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
    environment = os.environ | {"PYTHONWARNINGS": warnings}
    command = [sys.executable, str(ROOT / script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_quickstart():
    pytest.importorskip("matplotlib")
    output = run("examples/quickstart.py", "--rows", "4000")
    assert "HybridHashEncoder, 10%" in output
    assert "fresh process" in output
    assert (ROOT / "examples" / "output" / "coverage.png").stat().st_size > 10_000


def test_coverage_and_collisions():
    pytest.importorskip("matplotlib")
    output = run("examples/coverage_and_collisions.py", "--rows", "4000")
    assert "tail_values" in output
    for picture in ("coverage_later.png", "collisions_by_buckets.png"):
        assert (ROOT / "examples" / "output" / picture).stat().st_size > 10_000


def test_month_by_month():
    pytest.importorskip("matplotlib")
    output = run("examples/month_by_month.py")
    assert "2013-12" in output
    assert (ROOT / "examples" / "output" / "month_by_month_flights.png").stat().st_size > 10_000


def test_serve_with_onnx():
    pytest.importorskip("onnxruntime")
    output = run("examples/serve_with_onnx.py", "--rows", "4000")
    served, python = re.findall(r"0\.\d{6}", output)
    assert served == python


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
