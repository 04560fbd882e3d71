import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union

from hybrid_encoder import CollisionDisplay, CoverageDisplay, HybridHashEncoder, _report
from hybrid_encoder.collisions import code_space, expected_collisions
from tests.data.make_golden import ROWS

DISPLAYS = [CoverageDisplay, CollisionDisplay]
GOLDEN = Path(__file__).parent / "data" / "format_1.pickle"

# US 4, FR 2, missing 2: shares of 1/2, 1/4, 1/4. The second column's values are all different.
X = [["US", 1], ["US", 2], ["US", 3], ["US", 4], ["FR", 5], ["FR", 6], [None, 7], [None, 8]]


MODEL = make_pipeline(HybridHashEncoder(), LogisticRegression())
REGRESSOR = ".regressor_['hybridhashencoder']"


def column(rows):
    return [[cell] for cell in rows]


def fitted(rows, weights=None, **parameters):
    return HybridHashEncoder(**{"top_k": 1, "n_buckets": 4} | parameters).fit(rows, None, weights)


def learnt(batches, **parameters):
    encoder = HybridHashEncoder(**{"top_k": 1, "n_buckets": 4} | parameters)
    for rows in batches:
        encoder.partial_fit(rows)
    return encoder


def rarest(class_counts, class_totals):
    return -class_counts.sum(axis=1)


def rows_of(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


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
    "learning": (
        learnt([column("aab"), column("bbbc")], top_k=2),
        None,
        [("b", 1, 4 / 7, 4 / 7, True), ("a", 2, 2 / 7, 6 / 7, True)],
    ),
    "learning-with-free-slots": (
        learnt([column("aab")], top_k=5),
        None,
        [("a", 1, 2 / 3, 2 / 3, True), ("b", 2, 1 / 3, 1.0, True)],
    ),
    "learning-that-fades": (
        learnt([column("aaaab"), column("bbbc")], top_k=2, decay=0.5),
        None,
        [("b", 1, 3.5 / 6.5, 3.5 / 6.5, True), ("a", 2, 2 / 6.5, 5.5 / 6.5, True)],
    ),
    "learning-within-a-bound": (
        # Counts of 3, 2 and 1 are each 1 lower, and what was taken off is in the tail.
        learnt([column("aaabbc"), column("a")], top_k=1, max_tracked=2),
        None,
        [("a", 1, 3 / 7, 3 / 7, True)],
    ),
    "learning-other-rows": (
        learnt([column("aab"), column("c" * 9)], top_k=2),
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


def test_coverage_together_weighs_columns_by_their_values():
    rows = [["a", ["p", "q", "q"]], ["b", ["q"]], ["a", []]]
    total = CoverageDisplay.from_estimator(fitted(rows)).frame(total=True)
    assert rows_of(total, "value", "coverage") == [("q", 3 / 7), ("a", 5 / 7)]


def test_the_coverage_of_a_head_is_that_of_the_report():
    rows = [[number % 7, number % 40] for number in range(200)]
    encoder = fitted(rows, top_k=5)
    for frame in (
        CoverageDisplay.from_estimator(encoder).frame(),
        CoverageDisplay.from_estimator(encoder, rows).frame(),
    ):
        head = frame[frame["in_head"]].groupby("column")["share"].sum()
        assert head.tolist() == pytest.approx(encoder.report()["head_share"].tolist())


def test_equals_are_ranked_by_value_whatever_the_order_of_the_rows():
    encoder = fitted(column("abc"))
    orders = [column("abcd"), column("dcba")]
    first, second = (CoverageDisplay.from_estimator(encoder, rows).frame() for rows in orders)
    pd.testing.assert_frame_equal(first, second)
    assert first["value"].tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("display", DISPLAYS)
def test_containers_give_the_same_numbers(display, container):
    columns = {"country": ["US", "US", None, "FR", "NZ"], "tags": [["a"], ["b", "a"], [], ["c"], ["a"]]}
    table = container(columns)
    found, expected = (
        display.from_estimator(fitted(rows), rows).frame().drop(columns="column")
        for rows in (table, pd.DataFrame(columns))
    )
    pd.testing.assert_frame_equal(found, expected)


# Encoders that were saved.


@pytest.mark.parametrize("display", DISPLAYS)
def test_pickled_encoders_give_the_same_numbers(display):
    encoder = fitted(X)
    loaded = pickle.loads(pickle.dumps(encoder))
    for rows in (None, X):
        found, expected = (display.from_estimator(e, rows).frame() for e in (loaded, encoder))
        pd.testing.assert_frame_equal(found, expected)


def test_an_encoder_of_an_earlier_release_needs_rows():
    encoder = pickle.loads(GOLDEN.read_bytes())
    with pytest.raises(ValueError, match=r"saved by an earlier release.*pass rows as X"):
        CoverageDisplay.from_estimator(encoder)
    expected = CoverageDisplay.from_estimator(HybridHashEncoder(**encoder.get_params()).fit(ROWS), ROWS)
    found = CoverageDisplay.from_estimator(encoder, ROWS)
    pd.testing.assert_frame_equal(found.frame(), expected.frame())
    assert len(CollisionDisplay.from_estimator(encoder).frame())


# Collisions.

MANY = np.arange(2000)[:, None]


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_expected_collisions(n_hashes):
    encoder = fitted(MANY, n_buckets=50, n_hashes=n_hashes)
    frame = CollisionDisplay.from_estimator(encoder, n_buckets=[20, 200]).frame()
    assert rows_of(frame, "column", "buckets", "tail_values", "chosen") == [
        ("x0", 20, 1999, False),
        ("x0", 50, 1999, True),
        ("x0", 200, 1999, False),
    ]
    codes = code_space([20, 50, 200], n_hashes)
    assert frame["expected"].tolist() == expected_collisions(1999, codes).tolist()
    assert frame["measured"].isna().all()


@pytest.mark.parametrize("rows", [MANY, MANY[:300], column(["a", "b", None] * 2)], ids=len)
@pytest.mark.parametrize("n_hashes", [1, 2])
@pytest.mark.parametrize("handle_missing", ["value", "ignore"])
def test_measured_collisions_are_those_of_an_encoder_with_so_many_buckets(
    rows, n_hashes, handle_missing
):
    def encoder(n_buckets):
        return fitted(rows, n_buckets=n_buckets, n_hashes=n_hashes, handle_missing=handle_missing)

    frame = CollisionDisplay.from_estimator(encoder(30), rows, n_buckets=[1, 2, 100]).frame()
    for buckets, tail_values, measured in rows_of(frame, "buckets", "tail_values", "measured"):
        report = encoder(buckets).report(rows).loc["x0"]
        assert measured == report["measured_collisions"]
        assert tail_values == report["measured_tail_values"]


def test_collisions_counted_by_hand():
    # The four buckets of 1,000 codes and the same in the other order are one code, of three values.
    pairs = [[0, 3], [3, 0], [0, 3], [1, 2], [2, 3]]
    assert _report.collisions(np.array(pairs, dtype=np.int32)) == 2
    assert _report.collisions(np.array([[0], [1], [1]], dtype=np.int32)) == 1
    assert _report.collisions(np.array([[0, -1], [0, -1]], dtype=np.int32)) == 1
    assert _report.collisions(np.empty((3, 0), dtype=np.int32)) == 0


def test_the_tail_of_other_rows_counts():
    frame = CollisionDisplay.from_estimator(fitted(column("aab")), column("abcd"), n_buckets=4).frame()
    assert frame["tail_values"].tolist() == [3]
    assert frame["expected"].tolist() == [expected_collisions(3, 6)]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (1, [1, 2, 4, 8, 16, 32, 64]),
        (20, [2, 4, 8, 16, 20, 32, 64, 128, 256, 512, 1024]),
        (64, [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]),
        (2**31 - 2, [2**27, 2**28, 2**29, 2**30, 2**31 - 2]),
    ],
)
def test_numbers_of_buckets_shown(own, expected):
    encoder = fitted(column("abc"), n_buckets=own)
    frame = CollisionDisplay.from_estimator(encoder).frame()
    assert frame["buckets"].tolist() == expected
    assert frame.loc[frame["chosen"], "buckets"].tolist() == [own]


@pytest.mark.parametrize("rows", [None, X])
def test_columns_without_buckets_are_left_out(rows):
    encoder = fitted(X, n_buckets={0: 0, 1: 8})
    assert set(CollisionDisplay.from_estimator(encoder, rows).frame()["column"]) == {"x1"}


# Refusals.


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("rows", [None, X])
def test_an_encoder_must_be_fitted(display, rows):
    with pytest.raises(NotFittedError):
        display.from_estimator(HybridHashEncoder(), rows)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (HybridHashEncoder, r"it is a \w+\. Pass a fitted HybridHashEncoder"),
        (None, r"it is a NoneType\. Pass a fitted HybridHashEncoder"),
        (LogisticRegression(), r"it is a LogisticRegression\. Pass a fitted HybridHashEncoder"),
        (GridSearchCV(MODEL, {}), r"it is a GridSearchCV\. Pass a fitted HybridHashEncoder"),
    ],
)
def test_something_else_is_refused(display, encoder, words):
    with pytest.raises(TypeError, match=f"must be a HybridHashEncoder; {words}"):
        display.from_estimator(encoder)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(
    ("model", "path"),
    [
        (MODEL, "['hybridhashencoder']"),
        (make_pipeline(MODEL), "['pipeline']['hybridhashencoder']"),
        (GridSearchCV(MODEL, {}, cv=2), ".best_estimator_['hybridhashencoder']"),
        (GridSearchCV(HybridHashEncoder(), {}, cv=2, scoring=lambda *_: 0.0), ".best_estimator_"),
        (TransformedTargetRegressor(make_pipeline(HybridHashEncoder(), Ridge())), REGRESSOR),
        (OneVsRestClassifier(MODEL), ".estimators_[0]['hybridhashencoder']"),
        (make_union("passthrough", HybridHashEncoder()), ".named_transformers['hybridhashencoder']"),
        (
            make_column_transformer(("drop", [1]), (HybridHashEncoder(), [0])),
            ".named_transformers_['hybridhashencoder']",
        ),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_holds_an_encoder_is_told_where(display, model, path):
    rows = np.arange(16).reshape(8, 2)
    model = clone(model).fit(rows, [0, 1] * 4)
    with pytest.raises(TypeError, match=re.escape(f". Pass the one in it: model{path}.")):
        display.from_estimator(model)
    assert isinstance(eval(f"model{path}", {"model": model}), HybridHashEncoder)


@pytest.mark.parametrize("display", DISPLAYS)
def test_other_columns_are_refused(display):
    with pytest.raises(ValueError, match="expecting 2 features"):
        display.from_estimator(fitted(X), column("abc"))
    encoder = fitted(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(ValueError, match="feature names should match"):
        display.from_estimator(encoder, pd.DataFrame({"a": ["x"], "c": ["y"]}))
    with pytest.raises(TypeError, match=r"Column 'b'.*held text at fit"):
        display.from_estimator(encoder, pd.DataFrame({"a": ["x"], "b": [1]}))


def test_weights_without_rows_are_refused():
    with pytest.raises(ValueError, match="pass X too"):
        CoverageDisplay.from_estimator(fitted(X), sample_weight=[1] * 8)


def test_an_encoder_without_buckets_has_no_collisions():
    with pytest.raises(ValueError, match=r"no buckets, so nothing can collide.*n_buckets='auto'"):
        CollisionDisplay.from_estimator(fitted(X, n_buckets=0))


@pytest.mark.parametrize(
    ("n_buckets", "words"),
    [
        (0, "it holds 0"),
        (-1, "it holds -1"),
        (2.5, "it holds 2.5"),
        ([8, 2**31], "it holds 2147483648"),
        (np.nan, "it holds nan"),
        ("auto", "it is 'auto'"),
        ([8, "auto"], r"it is \[8, 'auto'\]"),
        ({"country": 8}, "it is {'country': 8}"),
    ],
)
def test_bad_numbers_of_buckets_are_refused(n_buckets, words):
    with pytest.raises(
        ValueError, match=f"n_buckets must hold whole numbers from 1 to 2147483647; {words}"
    ):
        CollisionDisplay.from_estimator(fitted(X), n_buckets=n_buckets)


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_display_of_no_columns_is_refused(display):
    with pytest.raises(ValueError, match=r"columns is empty: .* at least one column"):
        display([])


@pytest.mark.parametrize("display", DISPLAYS)
def test_without_matplotlib_the_extra_is_named(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    numbers = display.from_estimator(fitted(X), X)
    assert len(numbers.frame())
    with pytest.raises(ImportError, match=r'pip install "hybrid-encoder\[plot\]"'):
        numbers.plot()


def test_the_package_does_not_import_matplotlib():
    script = "import sys, hybrid_encoder; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


# Pictures.


@pytest.fixture
def axes():
    with warnings.catch_warnings():
        # The lowest matplotlib calls functions of pyparsing by names that are on their way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    yield pyplot.subplots()[1]
    pyplot.close("all")


def xy(line):
    return list(zip(*line.get_data(), strict=True))


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


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


def test_a_head_of_other_values_lies_below_the_line(axes):
    rows = column("aaab")
    display = CoverageDisplay.from_estimator(fitted(rows, importance=rarest), rows).plot(axes)
    assert xy(display.lines_[0])[0] == (1, 75)
    assert xy(display.points_[0]) == [(1, 25)]


def test_slots_whose_values_do_not_occur_count(axes):
    display = CoverageDisplay.from_estimator(fitted(column("aabbc"), top_k=3), column("az"))
    assert xy(display.plot(axes).points_[0]) == [(3, 50)]


def test_long_tails_are_drawn_in_few_points(axes):
    rows = np.arange(100_000)[:, None]
    display = CoverageDisplay.from_estimator(fitted(rows), rows)
    ranks, coverage = display.plot(axes).lines_[0].get_data()
    assert len(ranks) <= 400
    assert (ranks[0], ranks[-1]) == (1, 100_000)
    assert coverage == pytest.approx(ranks / 1000)
    assert len(display.frame()) == 100_000


def test_picture_of_collisions(axes):
    encoder = fitted(MANY, top_k=0, n_buckets=50)
    display = CollisionDisplay.from_estimator(encoder, MANY, n_buckets=[20, 200])
    assert display.plot(axes) is display
    frame = display.frame()
    (line,), (point,), (crosses,) = display.lines_, display.points_, display.crosses_
    assert xy(line)[0] == (20, pytest.approx(frame["expected"][0] / 20))
    assert xy(line)[-1] == (200, pytest.approx(frame["expected"][2] / 20))
    assert xy(point) == [(50, pytest.approx(frame["expected"][1] / 20))]
    assert crosses.get_xdata().tolist() == [20, 50, 200]
    assert crosses.get_ydata() == pytest.approx(frame["measured"] / 20)
    assert crosses.get_color() == line.get_color()
    assert legend(axes) == [f"x0: 50 buckets for 2,000 values, {frame['expected'][1] / 20:.3g} %"]
    assert axes.get_xlabel() == "buckets of the column"
    assert axes.get_ylabel() == "tail values that find their buckets taken, %"


def test_nothing_measured_leaves_no_crosses(axes):
    display = CollisionDisplay.from_estimator(fitted(MANY)).plot(axes)
    assert display.crosses_ == []
    assert "measured" not in axes.get_legend().get_title().get_text()


@pytest.mark.parametrize(("top_k", "names"), [(0, ["x0", "x1"]), ({0: 2, 1: 0}, ["x1"]), (None, [])])
def test_columns_that_cannot_collide_are_not_drawn(axes, top_k, names):
    display = CollisionDisplay.from_estimator(fitted(X, top_k=top_k)).plot(axes)
    assert [line.get_label() for line in display.lines_] == names
    assert set(display.frame()["column"]) == {"x0", "x1"}


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("what", [lambda ax: np.array([[ax, ax]]), lambda ax: ax.figure])
def test_only_one_axes_can_be_drawn_on(display, what, axes):
    with pytest.raises(TypeError, match=r"ax must be one matplotlib Axes; it is a (ndarray|Figure)"):
        display.from_estimator(fitted(X)).plot(what(axes))


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(
    ("encoder", "rows"),
    [
        (fitted(X, top_k=0), None),
        (fitted(column("aab"), top_k=0), None),
        (fitted(column("aab"), top_k=None), None),
        (fitted(column([["a"], []]), top_k=0), column([[], []])),
    ],
    ids=["no-slots", "one-column", "no-tail", "empty-lists"],
)
def test_nothing_to_draw_is_drawn_without_a_warning(display, encoder, rows, axes):
    display.from_estimator(encoder, rows).plot(axes).figure_.canvas.draw()
    left, right = axes.get_xlim()
    assert left < right


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_new_figure_is_made(display, axes):
    drawn = display.from_estimator(fitted(X), X).plot()
    assert drawn.ax_ is not axes
    assert drawn.figure_ is drawn.ax_.figure
    drawn.figure_.canvas.draw()


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("n_columns", [30, 120])
def test_many_columns(display, axes, n_columns):
    rows = pd.DataFrame({f"column {c}": np.arange(400) % (100 + c) for c in range(n_columns)})
    drawn = display.from_estimator(fitted(rows, top_k=10), rows).plot()
    drawn.figure_.canvas.draw()
    looks = {(line.get_color(), line.get_linestyle()) for line in drawn.lines_}
    assert len(legend(drawn.ax_)) == min(n_columns + (display is CoverageDisplay), 32)
    assert len(looks) >= 30
    title = drawn.ax_.get_legend().get_title().get_text()
    assert ("other columns in grey" in title) == (n_columns == 120)


def test_of_many_columns_the_least_covered_are_named(axes):
    rows = pd.DataFrame({f"c{c}": np.maximum(np.arange(400), 300 - c) for c in range(50)})
    CoverageDisplay.from_estimator(fitted(rows), rows).plot(axes)
    assert [text.split(":")[0] for text in legend(axes)] == [
        *(f"c{c}" for c in range(19, 50)),
        "all columns",
    ]


@pytest.mark.parametrize("name", ["_private", "$x", "$cost_per_$", r"$\frac$"])
def test_names_are_shown_as_they_are(axes, name):
    rows = pd.DataFrame({name: ["a", "b", "c"], "other": ["a", "b", "c"]})
    for display in DISPLAYS:
        drawn = display.from_estimator(fitted(rows), rows).plot()
        drawn.figure_.canvas.draw()
        assert legend(drawn.ax_)[0].startswith(f"{name}: ")


def test_long_names_are_shortened_in_the_legend(axes):
    rows = pd.DataFrame({"n" * 200: ["a", "b"]})
    CoverageDisplay.from_estimator(fitted(rows)).plot(axes)
    assert legend(axes) == ["n" * 31 + "…: 1 slot, 50 %"]
