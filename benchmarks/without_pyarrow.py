"""Times of columns of text without pyarrow. `throughput.py` runs this command, which prints JSON."""

import json
import sys
from importlib.abc import MetaPathFinder


class Absent(MetaPathFinder):
    """Reports that pyarrow is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        """Raise for pyarrow; leave all other modules to the next finder."""
        if name.split(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Absent())

import peers
import tables
from timing import interleaved


def main() -> None:
    n_rows, rounds = map(int, sys.argv[1:])
    text = tables.mixed(n_rows, 7, 0)
    ours, one_hot = peers.ours(), peers.one_hot()
    jobs = {
        "fit: text, without pyarrow": lambda: ours.fit(text),
        "fit: OneHotEncoder(max_categories), without pyarrow": lambda: one_hot.fit(text),
        "transform: text, without pyarrow": lambda: ours.transform(text),
        "transform: OneHotEncoder(max_categories), without pyarrow": lambda: one_hot.transform(text),
    }
    times = interleaved(jobs, rounds)
    print(json.dumps({name: measured.tolist() for name, measured in times.items()}))


if __name__ == "__main__":
    main()
