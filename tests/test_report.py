import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder, _report
from hybrid_encoder.collisions import code_space, expected_collisions

X = [["a", 1], ["a", None], ["b", 2], ["c", None]]


def test_report_of_the_fitted_encoder():
    report = HybridHashEncoder(top_k=1, n_buckets=4).fit(X).report()
    assert report.index.tolist() == ["x0", "x1"]
    assert report.drop(columns="expected_collisions").to_dict("list") == {
        "kind": ["text", "number"],
        "distinct": [3, 2],
        "slots": [1, 1],
        "free_slots": [0, 0],
        "buckets": [4, 4],
        "output_columns": [5, 5],
        "head_share": [0.5, 0.0],
        "tail_share": [0.5, 0.5],
        "missing_share": [0.0, 0.5],
        "tail_values": [2, 2],
        "starved": [False, False],
        "count_error": [0.0, 0.0],
    }
    assert report["expected_collisions"].tolist() == [expected_collisions(2, code_space(4))] * 2


@pytest.mark.parametrize(("handle_missing", "tail_values"), [("value", 4), ("ignore", 3)])
def test_missing_counts_as_a_tail_value_unless_ignored(handle_missing, tail_values):
    encoder = HybridHashEncoder(top_k=0, n_buckets=9, handle_missing=handle_missing)
    rows = [["a"], ["b"], ["c"], [None]]
    report = encoder.fit(rows).report(rows)
    assert report["tail_values"].tolist() == [tail_values]
    assert report["measured_tail_values"].tolist() == [tail_values]


def test_kinds():
    rows = [["a", ["a"], [1], None], ["b", [], [2], None]]
    assert HybridHashEncoder().fit(rows).report()["kind"].tolist() == [
        "text",
        "list of text",
        "list of number",
        "missing",
    ]


def test_report_of_other_rows():
    report = HybridHashEncoder(top_k=1, n_buckets=1).fit(X).report([["a", 7], ["z", 8], ["y", None]])
    measured = report.filter(like="measured").round(3)
    assert measured.to_dict("list") == {
        "measured_head_share": [0.333, 0.0],
        "measured_tail_share": [0.667, 0.667],
        "measured_missing_share": [0.0, 0.333],
        "measured_tail_values": [2, 2],
        "measured_collisions": [1, 1],
    }


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_measured_collisions_are_near_the_expected_number(n_hashes):
    rows = np.arange(3000)[:, None]
    encoder = HybridHashEncoder(top_k=0, n_buckets=100, n_hashes=n_hashes).fit(rows)
    report = encoder.report(rows).loc["x0"]
    assert report["measured_collisions"] == pytest.approx(report["expected_collisions"], rel=0.05)


def test_starved_columns():
    rows = [[row % 20, row] for row in range(1000)]
    assert HybridHashEncoder(max_features=30).fit(rows).report()["starved"].tolist() == [False, True]
    assert not HybridHashEncoder(max_features=5000).fit(rows).report()["starved"].any()


def test_shares_are_of_weights():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2).fit([["a"], ["b"]], sample_weight=[3, 1])
    assert encoder.report()["head_share"].tolist() == [0.75]


def test_n_collisions():
    # The same two buckets in another order are the same code.
    pairs = [[0, 3], [3, 0], [0, 3], [1, 2], [2, 3]]
    assert _report.n_collisions(np.array(pairs, dtype=np.int32)) == 2
    assert _report.n_collisions(np.array([[0], [1], [1]], dtype=np.int32)) == 1
    assert _report.n_collisions(np.array([[0, -1], [0, -1]], dtype=np.int32)) == 1
    assert _report.n_collisions(np.empty((3, 0), dtype=np.int32)) == 0
