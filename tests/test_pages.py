"""Every block of code in the pages runs: doctests, which pytest collects, and the others here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from doctest import DocTestParser
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.java import why_no_spark

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"pip install \S*?(?:\[([\w,]+)\])?\"?(?: *#.*)?|git clone .*|cd .*|make ([\w-]+).*|"
)

# What the gate installs with npm, for the one block that is JavaScript for ONNX Runtime.
NODE_MODULES = ROOT / "build" / "node" / "node_modules"

# Other encoders, and the environment of the Makefile that has each of them.
OTHERS = {"category_encoders": ".venv-bench", "keras": ".venv-bench", "nvtabular": ".venv-nvtabular"}


def blocks(page):
    """The language and the text of each block that names a language, doctests left out."""
    found = BLOCK.findall(page.read_text())
    return [(language, text) for language, text in found if not text.startswith(">>> ")]


def block(path, language):
    """The one block of a page in a language."""
    (text,) = (text for name, text in blocks(ROOT / path) if name == language)
    return text


def test_every_block_names_its_language():
    fences = [line for page in PAGES for line in page.read_text().splitlines() if line.startswith("```")]
    assert "```" not in fences[::2]
    assert set(fences[1::2]) == {"```"}


def test_every_block_runs():
    """Whoever adds a block that is neither a doctest nor commands of the shell adds a test below."""
    found = {
        (page.relative_to(ROOT).as_posix(), language) for page in PAGES for language, _ in blocks(page)
    }
    assert {(path, language) for path, language in found if language not in ("bash", "text")} == {
        *((f"docs/guide/coming_from/{name}.md", "python") for name in OTHERS),
        ("docs/guide/onnx.md", "js"),
        ("docs/guide/spark.md", "python"),
        ("docs/guide/sql.md", "sql"),
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_name_what_there_is(page):
    """Extras and targets; what they do is run by the gate."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for language, text in blocks(page):
        for command in text.splitlines() if language == "bash" else []:
            known = COMMAND.fullmatch(command)
            assert known, command
            assert set((known[1] or "").split(",")) <= {"", *extras}
            assert known[2] in (None, *targets)


@pytest.mark.parametrize("name", OTHERS)
def test_other_encoders(name):
    """What their code prints stands below it."""
    python = ROOT / OTHERS[name] / "bin" / "python"
    if not (python.parents[1] / "dev").exists():
        pytest.skip(f"make {OTHERS[name]}/dev installs {name}")
    texts = [text for _, text in blocks(ROOT / "docs" / "guide" / "coming_from" / f"{name}.md")]
    for code, expected in zip(texts[::2], texts[1::2], strict=True):
        quiet = os.environ | {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run([python, "-c", code], env=quiet, capture_output=True, text=True)
        assert done.stdout == expected, done.stderr


@pytest.mark.skipif(why_no_spark() is not None, reason=str(why_no_spark()))
def test_spark(tmp_path):
    clicks = pd.DataFrame({"user": list("abcabd"), "item": [1, 2, 1, 3, 2, 1], "site": list("xxyyxy")})
    clicks.assign(hour=range(6), clicked=[0, 1, 0, 1, 1, 0]).to_parquet(tmp_path / "clicks")
    code = "\n".join(
        (
            "import os, sys",
            "os.environ['SPARK_LOCAL_IP'] = '127.0.0.1'",
            "os.environ['PYSPARK_PYTHON'] = sys.executable",
            block("docs/guide/spark.md", "python"),
            "print(model.numFeatures == encoder.n_features_out_ == rows.first()['features'].size)",
        )
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "True\n", done.stderr


def test_sql():
    duckdb = pytest.importorskip("duckdb")
    impressions = pd.DataFrame({"country": ["US", "US", None], "clicked": [1, 1, 0]})
    with duckdb.connect() as connection:
        connection.register("impressions", impressions)
        rows = connection.sql(block("docs/guide/sql.md", "sql")).fetchall()
    assert sorted(rows, key=str) == [("US", 1, 2), (None, 0, 1)]


@pytest.mark.skipif(not NODE_MODULES.exists(), reason="npm install --prefix build/node onnxruntime-node")
@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
def test_onnx_in_javascript(tmp_path):
    said: dict = {}
    text = (ROOT / "docs" / "guide" / "onnx.md").read_text().partition("to_onnx(pipeline)\n")
    for example in DocTestParser().get_examples("".join(text[:2])):
        exec(example.source, said)
    (tmp_path / "model.onnx").write_bytes(said["model"].SerializeToString())
    code = "\n".join(
        (
            "const ort = require('onnxruntime-node');",
            "(async () => {",
            block("docs/guide/onnx.md", "js"),
            "console.log(JSON.stringify([...probabilities.data])); })();",
        )
    )
    done = subprocess.run(
        ["node", "-e", code],
        cwd=tmp_path,
        env=os.environ | {"NODE_PATH": str(NODE_MODULES)},
        capture_output=True,
        text=True,
    )
    row = pd.DataFrame({"city": ["Oslo"], "device": [7], "age": [29.0]})
    expected = said["pipeline"].predict_proba(row)[0]
    np.testing.assert_allclose(
        json.loads(done.stdout), expected, rtol=0, atol=1e-12, err_msg=done.stderr
    )
