"""Columns of text where pyarrow cannot be imported; called by throughput.py, prints seconds as JSON."""

import json
import sys
from importlib.abc import MetaPathFinder


class Absent(MetaPathFinder):
    """Finds that pyarrow is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pyarrow, leave the rest to others."""
        if name.split(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Absent())

import rivals
import tables
from clock import side_by_side


def main() -> None:
    n_rows, rounds = map(int, sys.argv[1:])
    text = tables.mixed(n_rows, 7, 0)
    ours, one_hot = rivals.ours(), rivals.one_hot()
    jobs = {
        "fit: text, without pyarrow": lambda: ours.fit(text),
        "fit: OneHotEncoder(max_categories), without pyarrow": lambda: one_hot.fit(text),
        "transform: text, without pyarrow": lambda: ours.transform(text),
        "transform: OneHotEncoder(max_categories), without pyarrow": lambda: one_hot.transform(text),
    }
    times = side_by_side(jobs, rounds)
    print(json.dumps({name: measured.tolist() for name, measured in times.items()}))


if __name__ == "__main__":
    main()
