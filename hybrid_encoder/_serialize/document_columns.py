"""The input columns in the portable form: names, kinds, places, heads and what is reported of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._transform import hashing as _hashing
from .._transform.layout import Layout
from . import json_values as _json_values
from .validation import damaged

# The columns of report() in order, and their types: in JSON members have no order, and 1.0 may be 1.
_REPORT: dict[str, Callable[[Any], Any]] = {
    "kind": str,
    "distinct": int,
    "slots": int,
    "free_slots": int,
    "buckets": int,
    "output_columns": int,
    "head_share": float,
    "tail_share": float,
    "missing_share": float,
    "tail_values": int,
    "expected_collisions": float,
    "starved": bool,
    "count_error": float,
}


def write(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An entry per column, from the state of an encoder."""
    n_columns = state["n_features_in_"]
    layout = Layout(state["n_slots_"], state["n_buckets_"], state["_settings"]["tail_indicator"])
    names = state.get("feature_names_in_", np.full(n_columns, None)).tolist()
    starts, heads, kinds = layout.starts.tolist(), state["vocabularies_"], state["_kinds"]
    columns = [
        {
            "name": names[number],
            "kind": kinds[number],
            "lists": state["_multi_hot"][number],
            "first_column": starts[number],
            "n_slots": int(layout.n_slots[number]),
            "n_buckets": int(layout.n_buckets[number]),
            "head": _json_values.values(heads[number], kinds[number]),
            "report": {name: items[number] for name, items in state["_description"].items()},
        }
        for number in range(n_columns)
    ]
    for column, shares in zip(columns, state.get("_shares_slots", ()), strict=False):
        column["shares_slots"] = shares
    return columns


def read(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the state has of the columns."""
    state: dict[str, Any] = {
        "n_features_in_": len(columns),
        "vocabularies_": [
            _json_values.values_of(column["head"], column["kind"], f"columns[{number}].head")
            for number, column in enumerate(columns)
        ],
        "n_slots_": np.array(
            [_json_values.whole(column["n_slots"]) for column in columns], dtype=np.int64
        ),
        "n_buckets_": np.array(
            [_json_values.whole(column["n_buckets"]) for column in columns], dtype=np.int64
        ),
        "_kinds": [column["kind"] for column in columns],
        "_multi_hot": [column["lists"] for column in columns],
        "_description": _description_of([column["report"] for column in columns]),
    }
    names = [column["name"] for column in columns]
    if names.count(None) < len(names):
        # If only some of them have one, the look at the state will tell.
        state["feature_names_in_"] = np.array(names, dtype=object)
    if all("shares_slots" in column for column in columns):
        state["_shares_slots"] = [column["shares_slots"] for column in columns]
    return state


def check_places(document: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """What is written for readers that need not compute it must be what we compute."""
    starts = Layout(
        state["n_slots_"], state["n_buckets_"], state["_settings"]["tail_indicator"]
    ).starts.tolist()
    for number, (column, start) in enumerate(zip(document["columns"], starts, strict=False)):
        if column["first_column"] != start:
            damaged(f"columns[{number}].first_column is {column['first_column']}, and must be {start}")
    if document["seeds"] != list(_hashing.seeds_of(state["_settings"]["seed"], 2)):
        damaged(f"seeds are {document['seeds']}, and the second must be the first XOR 0x9E3779B9")


def _description_of(reports: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {
        name: [form(report[name]) for report in reports]
        for name, form in _REPORT.items()
        if all(name in report for report in reports)
    }
