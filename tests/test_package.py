import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

import hybrid_encoder
from hybrid_encoder._fit.importance import MEASURES

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SITE = "https://hybrid-encoder.readthedocs.io/en/stable/"
FLOOR = re.compile(r"^([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)")
PIN = re.compile(r"^([\w-]+)==([\d.]+)")
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
# Made from the examples by Sphinx, which looks at links to it itself.
GALLERY = ROOT / "docs" / "gallery"
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


def releases():
    """Versions and dates of the changelog, the latest first."""
    return re.findall(r"^## ([\d.]+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_version_is_that_of_the_latest_release_or_leads_to_the_next():
    (latest, _), *_ = releases()
    found = Version(hybrid_encoder.__version__)
    assert found == Version(latest) or (found.is_devrelease and found > Version(latest))


def test_the_latest_release_is_cited():
    citation = (ROOT / "CITATION.cff").read_text()
    version = re.search(r"^version: (.+)$", citation, re.MULTILINE)[1]
    date = re.search(r'^date-released: "(.+)"$', citation, re.MULTILINE)[1]
    assert (version, date) == releases()[0]


def test_the_release_has_files_that_later_ones_must_read():
    release = Version(hybrid_encoder.__version__).base_version
    assert (ROOT / "tests" / "data" / f"release_{release}").is_dir()


def test_the_lowest_versions_tested_are_those_promised():
    promised = [
        *PROJECT["project"]["dependencies"],
        *(line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra),
        *PROJECT["dependency-groups"]["bare"],
        *PROJECT["dependency-groups"]["test"],
        *PROJECT["dependency-groups"]["engines"],
        *PROJECT["dependency-groups"]["examples"],
    ]
    tested = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
    # PyTorch is tested in the one version that developers install.
    floors = versions(FLOOR, promised)
    del floors["torch"]
    assert versions(PIN, tested) == floors


def test_types_ship():
    assert (Path(hybrid_encoder.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("path", ["CHANGELOG.md", "README.md", "LICENSE"])
def test_documents(path):
    assert (ROOT / path).read_text().strip()


def files_linked(document):
    """Where the links of a Markdown page point in the repository, anchors left out."""
    targets = ["".join(groups) for groups in LINK.findall(CODE.sub("", document.read_text()))]
    paths = {target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target)}
    files = [document.parent / path for path in sorted(paths - {""})]
    return [file for file in files if not file.resolve().is_relative_to(GALLERY)]


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


def on_pypi(text):
    """What pyproject.toml has the README turned into where it is shown away from its files."""
    for change in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(change["pattern"], change["replacement"], text)
    return text


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](docs/paper.md)", f"[a]({SITE}paper.html)"),
        ("[a](docs/guide/dask.md#what-it-costs)", f"[a]({SITE}guide/dask.html#what-it-costs)"),
        ("[a](docs/a.md), [b](docs/b/index.md)", f"[a]({SITE}a.html), [b]({SITE}b/index.html)"),
        ("![a](docs/how_it_works.svg)", f"![a]({SITE}how_it_works.svg)"),
        ("[![a](docs/a.png)](docs/a.md)", f"[![a]({SITE}a.png)]({SITE}a.html)"),
        ("[a](SECURITY.md#reporting)", f"[a]({SITE}security.html#reporting)"),
        ("[a](CHANGELOG.md)", f"[a]({SITE}changelog.html)"),
        ("[a](#install)", "[a](#install)"),
        ("[a](https://a.org/docs/a.md)", "[a](https://a.org/docs/a.md)"),
        ("`docs/a.md`", "`docs/a.md`"),
    ],
)
def test_links_on_pypi(link, expected):
    assert on_pypi(link) == expected


def test_no_link_of_the_readme_is_relative_on_pypi():
    targets = ["".join(groups) for groups in LINK.findall(on_pypi((ROOT / "README.md").read_text()))]
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    assert f"{SITE}how_it_works.svg" in targets


PACKAGE = Path(hybrid_encoder.__file__).parent


# Each entry of the package may import the entries listed before it in the same or an earlier row.
LEVELS = [
    ["collisions", "metrics", "datasets"],
    ["_input"],
    ["_transform"],
    ["_fit"],
    ["_partial_fit"],
    ["_report"],
    ["_serialize"],
    ["_encoder"],
    ["_display", "dask", "spark", "onnx", "torch"],
]
STANDALONE = {"collisions", "metrics", "datasets"}
ENTRIES = [
    path.stem
    for path in PACKAGE.iterdir()
    if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").exists())
]


def imports(entry):
    """The entries of the package that a module or sub-package imports."""
    single = PACKAGE / f"{entry}.py"
    for path in [single] if single.exists() else (PACKAGE / entry).rglob("*.py"):
        level = len(path.relative_to(PACKAGE).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == level:
                names = [node.module] if node.module else [name.name for name in node.names]
                yield from (name.split(".")[0] for name in names)


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_package_imports_itself_by_relative_paths(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    modules = [
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    ]
    modules += [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    assert [module for module in modules if module.split(".")[0] == "hybrid_encoder"] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_imports_go_one_way(entry):
    level = next(number for number, entries in enumerate(LEVELS) if entry in entries)
    allowed = {name for entries in LEVELS[:level] for name in entries} | {"__version__"}
    assert set(imports(entry)) - allowed == set()


def test_transform_imports_input_alone():
    assert set(imports("_transform")) == {"_input"}


@pytest.mark.parametrize("entry", sorted(STANDALONE))
def test_public_modules_import_no_sub_package(entry):
    assert set(imports(entry)) == set()


@pytest.mark.parametrize("entry", ENTRIES)
def test_contributing_describes_every_entry(entry):
    page = (ROOT / "docs" / "contributing.md").read_text()
    (table,) = re.findall(r"^\| module or sub-package .*?^$", page, re.MULTILINE | re.DOTALL)
    assert f"`{entry}`" in table


def public_names():
    """What modules without an underscore list as public; none is imported, as some need an extra."""
    package = Path(hybrid_encoder.__file__).parent
    for path in [
        *package.glob("[a-z]*.py"),
        package / "__init__.py",
        *package.glob("[a-z]*/__init__.py"),
    ]:
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        (listed,) = re.findall(r"^__all__ = (\[.*?\])$", path.read_text(), re.MULTILINE | re.DOTALL)
        for name in ast.literal_eval(listed):
            yield f"{module.removesuffix('.__init__')}.{name}"


def test_every_public_name_has_a_page():
    lines = (ROOT / "docs" / "api" / "index.rst").read_text().splitlines()
    module, listed = "", []
    for line in lines:
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        elif re.fullmatch(r"   [A-Za-z_]+", line):
            listed.append(f"{module}.{line.strip()}")
    assert sorted(listed) == sorted(public_names())


def test_the_estimator_links_to_its_page():
    site = PROJECT["project"]["urls"]["Documentation"]
    page = "/en/stable/api/hybrid_encoder.HybridHashEncoder.html"
    assert hybrid_encoder.HybridHashEncoder()._get_doc_link() == site + page


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_described(measure):
    guide, readme = (ROOT / path for path in ("docs/guide/importance.md", "README.md"))
    for text in (hybrid_encoder.HybridHashEncoder.__doc__, guide.read_text(), readme.read_text()):
        assert f'"{measure}"' in text
