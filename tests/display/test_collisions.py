import numpy as np
import pytest

from hybrid_encoder import CollisionDisplay
from hybrid_encoder.collisions import code_space, expected_collisions
from tests.pictures import MANY, X, column, fitted, legend, rows_of, xy


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
def test_measured_collisions_equal_the_report_of_an_encoder_with_these_buckets(
    rows, n_hashes, handle_missing
):
    def encoder(n_buckets):
        return fitted(rows, n_buckets=n_buckets, n_hashes=n_hashes, handle_missing=handle_missing)

    frame = CollisionDisplay.from_estimator(encoder(30), rows, n_buckets=[1, 2, 100]).frame()
    for buckets, tail_values, measured in rows_of(frame, "buckets", "tail_values", "measured"):
        report = encoder(buckets).report(rows).loc["x0"]
        assert measured == report["measured_collisions"]
        assert tail_values == report["measured_tail_values"]


def test_the_tail_is_that_of_the_rows():
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
def test_default_numbers_of_buckets(own, expected):
    encoder = fitted(column("abc"), n_buckets=own)
    frame = CollisionDisplay.from_estimator(encoder).frame()
    assert frame["buckets"].tolist() == expected
    assert frame.loc[frame["chosen"], "buckets"].tolist() == [own]


@pytest.mark.parametrize("rows", [None, X])
def test_columns_without_buckets_are_left_out(rows):
    encoder = fitted(X, n_buckets={0: 0, 1: 8})
    assert set(CollisionDisplay.from_estimator(encoder, rows).frame()["column"]) == {"x1"}


def test_an_encoder_without_buckets_raises():
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
def test_invalid_numbers_of_buckets(n_buckets, words):
    with pytest.raises(
        ValueError, match=f"n_buckets must hold whole numbers from 1 to 2147483647; {words}"
    ):
        CollisionDisplay.from_estimator(fitted(X), n_buckets=n_buckets)


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
    assert axes.get_ylabel() == "tail values that collide with an earlier one, %"


def test_no_crosses_without_rows(axes):
    display = CollisionDisplay.from_estimator(fitted(MANY)).plot(axes)
    assert display.crosses_ == []
    assert "measured" not in axes.get_legend().get_title().get_text()


@pytest.mark.parametrize(("top_k", "names"), [(0, ["x0", "x1"]), ({0: 2, 1: 0}, ["x1"]), (None, [])])
def test_columns_that_cannot_collide_are_not_drawn(axes, top_k, names):
    display = CollisionDisplay.from_estimator(fitted(X, top_k=top_k)).plot(axes)
    assert [line.get_label() for line in display.lines_] == names
    assert set(display.frame()["column"]) == {"x0", "x1"}
