import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import hybrid_encoder

ROOT = Path(__file__).parents[1]
REQUIREMENT = re.compile(r"^([\w-]+)(?:>=|==)([\d.]+)")


def floors(lines):
    found = (REQUIREMENT.match(line) for line in lines if isinstance(line, str))
    return dict(match.groups() for match in found if match)


def test_version():
    assert version("hybrid-encoder") == hybrid_encoder.__version__


def test_the_lowest_versions_tested_are_those_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    promised = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *project["dependency-groups"]["bare"],
        *project["dependency-groups"]["test"],
    ]
    assert floors((ROOT / "tests" / "lowest.txt").read_text().splitlines()) == floors(promised)


def test_types_ship():
    assert (Path(hybrid_encoder.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("path", ["CHANGELOG.md", "README.md", "LICENSE"])
def test_documents(path):
    assert (ROOT / path).read_text().strip()
