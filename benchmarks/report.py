"""Tables of figures as Markdown, and what they were measured with."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import markdown

PACKAGES = (
    "hybrid-encoder",
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "polars",
    "category_encoders",
    "keras",
    "tensorflow_cpu",
)


@dataclass(frozen=True)
class Table:
    """A heading, what must be known to read the figures, and the figures."""

    title: str
    text: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as a section of a page; all columns but the first are aligned right."""
        lines = markdown.table(self.header, self.rows)
        return "\n".join([f"## {self.title}", "", self.text, "", lines, ""])


def machine(*more: str) -> str:
    """One sentence on processor, system and versions, those of some more packages too."""
    found = []
    for package in (*PACKAGES, *more):
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return (
        f"{date.today():%d %B %Y}, {_processor()}, {os.cpu_count()} cores, {platform.system()}; "
        f"Python {platform.python_version()}, {', '.join(found)}."
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
