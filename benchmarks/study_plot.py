"""The picture of the study behind the defaults: quality by size."""

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from systems import DEFAULT, ONE_HOT, RIVALS

STYLES = {
    DEFAULT: {"color": "C3", "linewidth": 2.5, "marker": "o"},
    "frequency": {"color": "C3", "linestyle": "--", "marker": "o", "markerfacecolor": "white"},
    **{name: {"color": f"C{i}", "marker": "."} for name, i in zip(RIVALS, (0, 1, 2), strict=True)},
}


def draw(scores: pd.Series, path: Path) -> None:
    """RCE by the number of columns, a panel for each regime and table, as an SVG.

    Parameters
    ----------
    scores : Series
        RCE by regime, data, budget, system and seed.
    path : Path
        Where the picture goes.
    """
    means = scores.groupby(level=["regime", "data", "budget", "system"]).mean()
    regimes, tables = (means.index.unique(level) for level in ("regime", "data"))
    # The same picture has the same bytes, whenever it is drawn.
    with mpl.rc_context({"svg.hashsalt": "study", "svg.fonttype": "none"}):
        figure, panels = plt.subplots(
            len(regimes), len(tables), figsize=(3 * len(tables), 5.5), sharex=True, squeeze=False
        )
        for regime, row in zip(regimes, panels, strict=True):
            for data, panel in zip(tables, row, strict=True):
                _draw_panel(panel, means[regime, data])
                panel.set_title(f"{data}, {regime}", fontsize=10)
        for panel in panels[-1]:
            panel.set_xlabel("columns, % of one-hot")
        for panel in panels[:, 0]:
            panel.set_ylabel("RCE, %")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.set_layout_engine("constrained")
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _draw_panel(panel: Axes, means: pd.Series) -> None:
    panel.axhline(means[1.0, ONE_HOT], color="black", linewidth=1, label=ONE_HOT)
    for name, style in STYLES.items():
        line = means.xs(name, level="system")
        panel.plot(100 * line.index, line, label=name, **style)
    panel.set(xscale="log", ylim=(0, None))
    panel.set_xticks([3, 10, 25], ["3", "10", "25"])
    panel.minorticks_off()
