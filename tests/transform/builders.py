"""Settings, layouts and fitted columns, made without a fit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hybrid_encoder._input.columns import Kind
from hybrid_encoder._transform.fitted_column import ColumnContent, FittedColumn, fitted_columns
from hybrid_encoder._transform.layout import Layout
from hybrid_encoder._transform.settings import Settings
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects

SETTINGS = Settings(
    top_k=("auto",),
    n_buckets=("auto",),
    max_features=100,
    n_hashes=2,
    min_frequency=1,
    importance="frequency",
    tail_weight=0.5,
    tail_indicator=False,
    handle_missing="value",
    seed=0,
    dtype="float64",
    max_tracked=None,
    decay=1.0,
)


def layout(n_slots: Sequence[int], n_buckets: Sequence[int], indicator: bool = False) -> Layout:
    return Layout(np.array(n_slots), np.array(n_buckets), indicator)


def columns(
    n_slots: Sequence[int],
    n_buckets: Sequence[int],
    indicator: bool = False,
    heads: Sequence[Sequence[Any]] | None = None,
    multi_hot: Sequence[bool] | None = None,
    **changed: Any,
) -> list[FittedColumn]:
    """Fitted columns labelled c0, c1, ...; by default all slots are free and no cell is a list.

    `changed` are settings that differ from `SETTINGS`.
    """
    heads = [[] for _ in n_slots] if heads is None else heads
    lists = [False] * len(n_slots) if multi_hot is None else multi_hot
    return fitted_columns(
        [f"c{number}" for number in range(len(n_slots))],
        [_content(head, is_list) for head, is_list in zip(heads, lists, strict=True)],
        layout(n_slots, n_buckets, indicator),
        replace(SETTINGS, **changed),
    )


def _content(head: Sequence[Any], multi_hot: bool) -> ColumnContent:
    kind = _kind_of(head)
    return ColumnContent(kind, multi_hot, Vocabulary(objects(head), kind))


def _kind_of(head: Sequence[Any]) -> Kind | None:
    present = [value for value in head if value is not None]
    if not present:
        return None
    return "text" if isinstance(present[0], str) else "number"
