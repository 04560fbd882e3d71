"""Figures that a benchmark puts into a page of the guide, between two marks that name it."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def put(page: str, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- end of NAME -->``.

    Raises
    ------
    ValueError
        If the page has no such marks.
    """
    path = DOCS / page
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    replaced, found = pattern.subn(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", path.read_text())
    if not found:
        raise ValueError(f"{path} has no place for figures: it needs {begin} and {end}.")
    path.write_text(replaced)
