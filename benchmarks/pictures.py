"""SVG plots of the benchmarks. The same data gives the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np


@contextmanager
def panels(
    path: Path, n_rows: int, n_columns: int, legend_columns: int, **settings: Any
) -> Iterator[np.ndarray]:
    """A grid of panels to draw on; the block's end adds a legend and saves the file."""
    mpl.use("svg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure, grid = plt.subplots(n_rows, n_columns, squeeze=False, layout="constrained", **settings)
        for panel in grid.flat:
            panel.spines[["top", "right"]].set_visible(False)
        yield grid
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=legend_columns, frameon=False)
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
