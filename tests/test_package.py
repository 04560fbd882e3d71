import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import hybrid_encoder

ROOT = Path(__file__).parents[1]
FLOOR = re.compile(r"^([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)")
PIN = re.compile(r"^([\w-]+)==([\d.]+)")
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
# [text](target), <img src="target">, <a href="target">, and [name]: target on a line of its own.
LINK = re.compile(
    r"""\]\(\s*<?([^\s()<>]+)|\b(?:src|href)=["']([^"']+)|^ {0,3}\[[^\]]+\]:\s*(\S+)""", re.MULTILINE
)


def versions(pattern, lines):
    found = (pattern.match(line) for line in lines if isinstance(line, str))
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
        *project["dependency-groups"]["engines"],
        *project["dependency-groups"]["examples"],
    ]
    tested = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
    # What is pinned to one version, as torch is, has no lowest.
    assert versions(PIN, tested) == versions(FLOOR, promised)


def test_types_ship():
    assert (Path(hybrid_encoder.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("path", ["CHANGELOG.md", "README.md", "LICENSE"])
def test_documents(path):
    assert (ROOT / path).read_text().strip()


def files_linked(document):
    """Where the links of a Markdown page point in the repository, anchors left out."""
    targets = ["".join(groups) for groups in LINK.findall(CODE.sub("", document.read_text()))]
    paths = {target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target)}
    return [document.parent / path for path in sorted(paths - {""})]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_point_to_files(document):
    assert [path for path in files_linked(document) if not path.exists()] == []


def test_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "[a](a.md), ![b](b.svg 'title'), [![c](c.png)](d.md#part), [e](#e), [f](https://f.org/g.md)\n"
        '<img src="h.svg"> `i[0](i.md)`\n\n```python\nj[0](j.md)\n```\n\n[k]: k.md\n'
    )
    names = [path.name for path in files_linked(page)]
    assert names == ["a.md", "b.svg", "c.png", "d.md", "h.svg", "k.md"]
