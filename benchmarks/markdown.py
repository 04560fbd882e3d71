"""Numbers as tables in Markdown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def table(header: Sequence[str], rows: Sequence[Sequence[str]], n_names: int = 1) -> str:
    """Rows of cells; all columns but the first `n_names` are aligned right."""
    rule = ["---"] * n_names + ["---:"] * (len(header) - n_names)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))


def frame(numbers: pd.DataFrame, digits: int = 2) -> str:
    """A frame of numbers; a level of its index that repeats is named once."""
    names = numbers.index.to_frame().astype(str)
    blocks = names.ne(names.shift()).cumsum(axis=1).clip(upper=1) if len(names.columns) > 1 else None
    shown = names.where(blocks.astype(bool), "") if blocks is not None else names
    rows = [
        [*name, *(f"{number:.{digits}f}" for number in line)]
        for name, line in zip(shown.to_numpy(), numbers.to_numpy(), strict=True)
    ]
    return table([*names.columns, *numbers.columns], rows, names.shape[1])


def with_error(values: np.ndarray) -> tuple[float, float]:
    """Mean, and standard error of it."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
