"""A table with columns of all types that Spark and an encoder share."""

import pyarrow as pa

# Columns of all types: text that is empty, beyond ASCII, in another order as UTF-16, or missing;
# integers that are not exact as floats; NaN and null; 0 of both signs; lists without elements, with
# missing or repeated elements, and missing lists.
TEXTS = ["US", "FR", "US", None, "", "é", "\U0001f600", "\uffee", "FR", "US", "us", "NZ"]
INTEGERS = [2**53 + 1, 2**53, None, 7, 7, -1, 0, 2**53 + 1, 7, 0, 2**62, -(2**63)]
FLOATS = [0.0, -0.0, float("nan"), None, 1.5, 1.5, 1e300, float("inf"), -2.0, 2.0, 0.0, 2.0**63]
BOOLEANS = [True, False, None, True, True, True, False, True, True, False, True, True]
LISTS = [
    ["a", "b"],
    [],
    None,
    ["a", None],
    ["b", "b"],
    ["c"],
    ["a"],
    [],
    ["d", "e", "a"],
    ["e"],
    ["a"],
    ["b"],
]
NUMBERS = [[1, 2], [], None, [1, None], [2, 2], [3], [1], [], [4, 5, 1], [5], [1], [2]]

TABLE = pa.table(
    {
        "text": pa.array(TEXTS),
        "integers": pa.array(INTEGERS, pa.int64()),
        "short": pa.array([value if value is None else value % 100 for value in INTEGERS], pa.int16()),
        "floats": pa.array(FLOATS, pa.float64()),
        "single": pa.array([1, None, 0.1, 0.1, 2, 2, 3, 3, 3, 0.1, 1, 7], pa.float32()),
        "booleans": pa.array(BOOLEANS),
        "lists": pa.array(LISTS),
        "numbers": pa.array(NUMBERS, pa.list_(pa.int64())),
        "nothing": pa.array([None] * 12, pa.string()),
        "no.list": pa.array([None] * 12, pa.list_(pa.string())),
        "EMPTY": pa.array([[]] * 12, pa.list_(pa.string())),
        "empty": pa.array([[None], []] * 6, pa.list_(pa.int32())),
    }
)
ROWS = TABLE.append_column("y", pa.array([0, 1] * 5 + [1, 0])).append_column(
    "weight", pa.array([1, 2, 0, 3, 1, 1, 2, 5, 1, 1, 1, 1])
)
Y = ROWS["y"].to_numpy()
WEIGHTS = ROWS["weight"].to_numpy().astype(float)


def first_class(class_counts, class_totals):
    """A callable as `importance`."""
    return class_counts[:, 0]
