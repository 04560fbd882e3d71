import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import CollisionDisplay, CoverageDisplay, HybridHashEncoder
from tests.pictures import X, column, fitted, legend, rows_of, xy
from tests.sample import PARAMETERS, ROWS


def updated(batches, **parameters):
    encoder = HybridHashEncoder(**{"top_k": 1, "n_buckets": 4} | parameters)
    for rows in batches:
        encoder.partial_fit(rows)
    return encoder


def rarest(class_counts, class_totals):
    return -class_counts.sum(axis=1)


COVERAGE = {
    "frequent": (
        fitted(column("aaaabbcd"), top_k=2),
        column("aaaabbcd"),
        [
            ("a", 1, 0.5, 0.5, True),
            ("b", 2, 0.25, 0.75, True),
            ("c", 3, 0.125, 0.875, False),
            ("d", 4, 0.125, 1.0, False),
        ],
    ),
    "other-rows": (
        fitted(column("aaaabbcd"), top_k=2),
        column("zzya"),
        [("z", 1, 0.5, 0.5, False), ("a", 2, 0.25, 0.75, True), ("y", 3, 0.25, 1.0, False)],
    ),
    "other-importance": (
        fitted(column("aaab"), importance=rarest),
        column("aaab"),
        [("a", 1, 0.75, 0.75, False), ("b", 2, 0.25, 1.0, True)],
    ),
    "no-slots": (
        fitted(column("aaab"), top_k=0),
        column("aaab"),
        [("a", 1, 0.75, 0.75, False), ("b", 2, 0.25, 1.0, False)],
    ),
    "numbers": (
        fitted(column([7, 7, 5])),
        column([5, 5, 6, 7]),
        [(5, 1, 0.5, 0.5, False), (6, 2, 0.25, 0.75, False), (7, 3, 0.25, 1.0, True)],
    ),
    "missing-in-head": (
        fitted(column(["a", None, None])),
        column([None, None, "a", None]),
        [(None, 1, 0.75, 0.75, True), ("a", 2, 0.25, 1.0, False)],
    ),
    "missing-in-tail": (
        fitted(column(["a", "a", None])),
        column(["a", None, None, None]),
        [(None, 1, 0.75, 0.75, False), ("a", 2, 0.25, 1.0, True)],
    ),
    "missing-ignored": (
        fitted(column(["a", "b", None]), handle_missing="ignore"),
        column(["a", "b", None, None]),
        [("a", 1, 0.5, 0.5, True), ("b", 2, 0.5, 1.0, False)],
    ),
    "all-missing": (
        fitted(column(["a", "b"])),
        column([None, None]),
        [(None, 1, 1.0, 1.0, False)],
    ),
    "lists": (
        fitted(column([["a", "b"], ["a"]])),
        column([["b", "b", "a"], [], [None]]),
        [("b", 1, 0.5, 0.5, False), ("a", 2, 0.25, 0.75, True), (None, 3, 0.25, 1.0, False)],
    ),
    "empty-lists": (fitted(column([["a", "b"], ["a"]])), column([[], []]), []),
    "fit-alone": (
        fitted(column("aaaabbcd"), top_k=2),
        None,
        [("a", 1, 0.5, 0.5, True), ("b", 2, 0.25, 0.75, True)],
    ),
    "fit-alone-other-importance": (
        fitted(column("aaaaabbc"), top_k=2, importance=rarest),
        None,
        [("b", 1, 0.25, 0.25, True), ("c", 2, 0.125, 0.375, True)],
    ),
    "fit-alone-weighted": (
        fitted(column("aab"), [0.25, 0.25, 1.5]),
        None,
        [("b", 1, 0.75, 0.75, True)],
    ),
    "fit-alone-missing": (
        fitted(column(["a", None, None, None]), top_k=2),
        None,
        [(None, 1, 0.75, 0.75, True), ("a", 2, 0.25, 1.0, True)],
    ),
    "fit-alone-missing-in-tail": (
        fitted(column(["a", "a", "a", None])),
        None,
        [("a", 1, 0.75, 0.75, True)],
    ),
    "fit-alone-missing-ignored": (
        fitted(column(["a", None, None, None]), handle_missing="ignore"),
        None,
        [("a", 1, 1.0, 1.0, True)],
    ),
    "fit-alone-lists": (fitted(column([["a", "b"], ["a", "a"]])), None, [("a", 1, 0.75, 0.75, True)]),
    "partial-fit": (
        updated([column("aab"), column("bbbc")], top_k=2),
        None,
        [("b", 1, 4 / 7, 4 / 7, True), ("a", 2, 2 / 7, 6 / 7, True)],
    ),
    "partial-fit-free-slots": (
        updated([column("aab")], top_k=5),
        None,
        [("a", 1, 2 / 3, 2 / 3, True), ("b", 2, 1 / 3, 1.0, True)],
    ),
    "partial-fit-decay": (
        updated([column("aaaab"), column("bbbc")], top_k=2, decay=0.5),
        None,
        [("b", 1, 3.5 / 6.5, 3.5 / 6.5, True), ("a", 2, 2 / 6.5, 5.5 / 6.5, True)],
    ),
    "partial-fit-max-tracked": (
        # Counts of 3, 2 and 1 are reduced by 1 each; the tail keeps what was subtracted.
        updated([column("aaabbc"), column("a")], top_k=1, max_tracked=2),
        None,
        [("a", 1, 3 / 7, 3 / 7, True)],
    ),
    "partial-fit-other-rows": (
        updated([column("aab"), column("c" * 9)], top_k=2),
        column("bccz"),
        [("c", 1, 0.5, 0.5, True), ("b", 2, 0.25, 0.75, False), ("z", 3, 0.25, 1.0, False)],
    ),
}


@pytest.mark.parametrize(("encoder", "rows", "expected"), COVERAGE.values(), ids=COVERAGE)
def test_coverage(encoder, rows, expected):
    frame = CoverageDisplay.from_estimator(encoder, rows).frame()
    assert rows_of(frame, "value", "rank", "share", "coverage", "in_head") == expected


def test_coverage_of_weighted_rows():
    display = CoverageDisplay.from_estimator(fitted(column("aab")), column("ab"), sample_weight=[1, 3])
    assert rows_of(display.frame(), "value", "coverage", "in_head") == [
        ("b", 0.75, False),
        ("a", 1.0, True),
    ]


def test_coverage_of_all_columns_together():
    frame = CoverageDisplay.from_estimator(fitted(X, top_k=2), X).frame(total=True)
    assert rows_of(frame[:4], "column", "value", "rank", "share", "coverage", "in_head") == [
        ("x0", "US", 1, 4 / 16, 4 / 16, True),
        ("x0", "FR", 2, 2 / 16, 6 / 16, True),
        ("x0", None, 3, 2 / 16, 8 / 16, False),
        ("x1", 1, 4, 1 / 16, 9 / 16, True),
    ]
    assert len(frame) == 11
    assert frame["coverage"].iloc[-1] == 1


def test_the_total_weights_columns_by_their_values():
    rows = [["a", ["p", "q", "q"]], ["b", ["q"]], ["a", []]]
    total = CoverageDisplay.from_estimator(fitted(rows)).frame(total=True)
    assert rows_of(total, "value", "coverage") == [("q", 3 / 7), ("a", 5 / 7)]


def test_a_column_without_values():
    display = CoverageDisplay.from_estimator(fitted([["a", ["p"]], ["b", []]]), [["a", []], ["b", []]])
    expected = [("x0", "a", 0.5), ("x0", "b", 1.0)]
    assert rows_of(display.frame(), "column", "value", "coverage") == expected
    assert rows_of(display.frame(total=True), "column", "value", "coverage") == expected


def test_head_coverage_equals_the_report():
    rows = [[number % 7, number % 40] for number in range(200)]
    encoder = fitted(rows, top_k=5)
    for frame in (
        CoverageDisplay.from_estimator(encoder).frame(),
        CoverageDisplay.from_estimator(encoder, rows).frame(),
    ):
        head = frame[frame["in_head"]].groupby("column")["share"].sum()
        assert head.tolist() == pytest.approx(encoder.report()["head_share"].tolist())


def test_ties_do_not_depend_on_the_order_of_rows():
    encoder = fitted(column("abc"))
    orders = [column("abcd"), column("dcba")]
    first, second = (CoverageDisplay.from_estimator(encoder, rows).frame() for rows in orders)
    pd.testing.assert_frame_equal(first, second)
    assert first["value"].tolist() == ["a", "b", "c", "d"]


def test_an_encoder_without_counts_needs_rows():
    encoder = HybridHashEncoder.from_dict(HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict())
    with pytest.raises(ValueError, match=r"saved without counts: pass rows as X"):
        CoverageDisplay.from_estimator(encoder)
    expected = CoverageDisplay.from_estimator(HybridHashEncoder(**encoder.get_params()).fit(ROWS), ROWS)
    found = CoverageDisplay.from_estimator(encoder, ROWS)
    pd.testing.assert_frame_equal(found.frame(), expected.frame())
    assert len(CollisionDisplay.from_estimator(encoder).frame())


def test_weights_without_rows_raise():
    with pytest.raises(ValueError, match="pass X too"):
        CoverageDisplay.from_estimator(fitted(X), sample_weight=[1] * 8)


def test_picture_of_coverage(axes):
    display = CoverageDisplay.from_estimator(fitted(X, top_k=1), X)
    assert display.plot(axes) is display
    assert display.ax_ is axes
    assert display.figure_ is axes.figure
    country, number, together = display.lines_
    assert xy(country) == [(1, 50), (2, 75), (3, 100)]
    assert xy(number) == [(rank, 12.5 * rank) for rank in range(1, 9)]
    assert xy(together)[-1] == (11, 100)
    assert [xy(point) for point in display.points_] == [[(1, 50)], [(1, 12.5)], [(2, 31.25)]]
    assert [line.get_label() for line in display.lines_] == ["x0", "x1", "all columns"]
    assert legend(axes) == ["x0: 1 slot, 50 %", "x1: 1 slot, 12.5 %", "all columns: 2 slots, 31.2 %"]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "values, most frequent first"
    assert axes.get_ylabel() == "rows covered, %"


def test_one_column_has_one_line(axes):
    assert len(CoverageDisplay.from_estimator(fitted(column("aab"))).plot(axes).lines_) == 1


def test_the_dot_of_other_values_is_below_the_line(axes):
    rows = column("aaab")
    display = CoverageDisplay.from_estimator(fitted(rows, importance=rarest), rows).plot(axes)
    assert xy(display.lines_[0])[0] == (1, 75)
    assert xy(display.points_[0]) == [(1, 25)]


def test_slots_without_values_in_the_rows_count(axes):
    display = CoverageDisplay.from_estimator(fitted(column("aabbc"), top_k=3), column("az"))
    assert xy(display.plot(axes).points_[0]) == [(3, 50)]


def test_lines_have_at_most_400_points(axes):
    rows = np.arange(100_000)[:, None]
    display = CoverageDisplay.from_estimator(fitted(rows), rows)
    ranks, coverage = display.plot(axes).lines_[0].get_data()
    assert len(ranks) <= 400
    assert (ranks[0], ranks[-1]) == (1, 100_000)
    assert coverage == pytest.approx(ranks / 1000)
    assert len(display.frame()) == 100_000


def test_the_legend_lists_the_least_covered_columns(axes):
    rows = pd.DataFrame({f"c{c}": np.maximum(np.arange(400), 300 - c) for c in range(50)})
    CoverageDisplay.from_estimator(fitted(rows), rows).plot(axes)
    assert [text.split(":")[0] for text in legend(axes)] == [
        *(f"c{c}" for c in range(19, 50)),
        "all columns",
    ]


def test_long_names_are_shortened_in_the_legend(axes):
    rows = pd.DataFrame({"n" * 200: ["a", "b"]})
    CoverageDisplay.from_estimator(fitted(rows)).plot(axes)
    assert legend(axes) == ["n" * 31 + "…: 1 slot, 50 %"]
