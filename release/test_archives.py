"""What is in dist/, once ``make dist`` has built it: all that belongs there, and nothing else."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
import readme_renderer.markdown

ROOT = Path(__file__).parents[1]
SITE = "https://hybrid-encoder.readthedocs.io/en/stable/"
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "hybrid_encoder" / "__init__.py").read_text())[1]
INFO = f"hybrid_encoder-{VERSION}.dist-info"
WHEEL = ROOT / "dist" / f"hybrid_encoder-{VERSION}-py3-none-any.whl"
SDIST = ROOT / "dist" / f"hybrid_encoder-{VERSION}.tar.gz"

LICENCES = ["LICENSE", "hybrid_encoder/data/LICENSE.txt"]
# Made by use, and never part of an archive.
LEFTOVER = re.compile(r"(^|/)(\.venv|\.git/|__pycache__|\..*_cache|build/|dist/)|\.pyc$|/output/")


def files_on_disk(folder):
    paths = (path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path for path in paths if not LEFTOVER.search(path)}


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel():
    return contents(WHEEL)


@pytest.fixture(scope="module")
def sdist():
    with tarfile.open(SDIST) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="module")
def metadata(wheel):
    return message_from_bytes(wheel[f"{INFO}/METADATA"])


def test_there_are_two_archives():
    assert set((ROOT / "dist").iterdir()) - {ROOT / "dist" / ".gitignore"} == {WHEEL, SDIST}


# --- The wheel ---


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    about = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD")}
    licences = {f"{INFO}/licenses/{path}" for path in LICENCES}
    assert set(wheel) == files_on_disk("hybrid_encoder") | about | licences


@pytest.mark.parametrize(
    "path",
    [
        "hybrid_encoder/__init__.py",
        "hybrid_encoder/onnx/__init__.py",
        "hybrid_encoder/spark/__init__.py",
        "hybrid_encoder/py.typed",
        "hybrid_encoder/data/LICENSE.txt",
        "hybrid_encoder/data/encoder.schema.json",
        "hybrid_encoder/data/flights.npz",
    ],
)
def test_the_wheel_holds(wheel, path):
    assert path in wheel


def test_the_wheel_of_the_tree_is_that_of_the_sdist(tmp_path, wheel):
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (again,) = tmp_path.glob("*.whl")
    assert contents(again) == wheel
    assert again.read_bytes() == WHEEL.read_bytes()


# --- The sdist ---


@pytest.mark.parametrize("folder", ["hybrid_encoder", "tests", "benchmarks", "examples", "release"])
def test_the_sdist_holds_all_of(sdist, folder):
    assert files_on_disk(folder) - sdist == set()


@pytest.mark.parametrize(
    "path",
    [
        "CHANGELOG.md",
        "CITATION.cff",
        "LICENSE",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "conftest.py",
        "docs/how_it_works.svg",
        "docs/paper.md",
        "examples/portable/transform.mjs",
        "pyproject.toml",
        "tests/data/release_0.2.0/streamed.pickle",
        "tests/golden_vectors.json",
        "tests/lowest.txt",
    ],
)
def test_the_sdist_holds(sdist, path):
    assert path in sdist


def test_the_sdist_holds_nothing_made_by_use(sdist):
    assert [path for path in sdist if LEFTOVER.search(path)] == []


# --- What PyPI shows ---


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("Name", ["hybrid-encoder"]),
        ("Version", [VERSION]),
        ("License-Expression", ["BSD-3-Clause"]),
        ("License-File", LICENCES),
        ("Requires-Python", [">=3.11"]),
        ("Description-Content-Type", ["text/markdown"]),
        (
            "Project-URL",
            [f"Documentation, {SITE.removesuffix('/en/stable/')}", f"Changelog, {SITE}changelog.html"],
        ),
        ("Provides-Extra", ["arrow", "dask", "onnx", "plot", "spark", "torch"]),
    ],
)
def test_metadata(metadata, field, values):
    assert metadata.get_all(field) == values


def test_no_link_of_the_description_is_relative(metadata):
    shown = readme_renderer.markdown.render(metadata.get_payload(decode=True).decode())
    targets = re.findall(r'\b(?:href|src)="([^"]+)"', shown)
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    assert f"{SITE}how_it_works.svg" in targets
    assert sum(target.startswith(SITE) for target in targets) > 10
