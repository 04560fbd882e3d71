from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hybrid_encoder
from hybrid_encoder.datasets import load_flights, make_click_log

DATA = Path(hybrid_encoder.__file__).parent / "data"
SOURCE = Path(__file__).parents[2] / "shared" / "data" / "flights.csv.gz"

NAMES = ["user", "item", "site", "campaign", "device", "hour"]
LOG = make_click_log(200_000, random_state=0)


@pytest.mark.parametrize(("crosses", "n_columns"), [(False, 7), (True, 9)])
def test_flights(crosses, n_columns):
    flights = load_flights(crosses=crosses)
    assert flights.data.shape == (327_346, n_columns)
    assert flights.feature_names == list(flights.data)
    assert list(flights.frame) == [*flights.feature_names, "late"]
    assert set(np.unique(flights.target)) == {0, 1}
    for name in flights.feature_names:
        assert name in flights.DESCR


def test_flights_as_X_and_y():
    X, y = load_flights(return_X_y=True)
    flights = load_flights()
    pd.testing.assert_frame_equal(X, flights.data)
    pd.testing.assert_series_equal(y, flights.target)


def test_crossed_columns():
    flights = load_flights(crosses=True).data.iloc[0]
    assert (flights["route"], flights["origin_hour"]) == ("EWR-IAH", "EWR-05")


def test_the_file_of_flights_is_small_and_has_its_licence():
    assert (DATA / "flights.npz").stat().st_size < 2e6
    assert "CC0 1.0" in (DATA / "LICENSE.txt").read_text()


@pytest.mark.skipif(not SOURCE.exists(), reason="the source of the flights is not available")
def test_flights_equal_their_source():
    source = pd.read_csv(SOURCE)
    source.insert(1, "hour", source.pop("sched_dep_time") // 100)
    packed = load_flights().frame
    assert list(packed) == list(source)
    assert all((packed[name].to_numpy() == source[name].to_numpy()).all() for name in source)


def log_loss(y, probability):
    return -np.log(np.where(y == 1, probability, 1 - probability)).mean()


def test_click_log():
    assert (len(LOG.data), len(LOG.target), LOG.probability.shape) == (200_000, 200_000, (200_000,))
    assert LOG.feature_names == list(LOG.data) == NAMES
    assert list(LOG.frame) == [*NAMES, "clicked"]
    assert set(LOG.target) == {0, 1}
    assert all(name in LOG.DESCR for name in NAMES)


def test_click_log_as_X_and_y():
    X, y = make_click_log(200_000, random_state=0, return_X_y=True)
    pd.testing.assert_frame_equal(X, LOG.data)
    pd.testing.assert_series_equal(y, LOG.target)


def test_rows_of_a_state_never_change():
    log = make_click_log(3, random_state=0)
    assert log.frame.to_numpy().tolist() == [
        ["u10060d77", 1923044825, "site5.example", 65, "phone", 12, 0],
        ["ud189f903", 204429183, "site546.example", 242, "phone", 5, 1],
        ["u3cbdffdb", 432011624, "site2122.example", 2, "tablet", 8, 0],
    ]
    assert log.probability == pytest.approx([0.00984848, 0.92285150, 0.11991269], abs=1e-8)


@pytest.mark.parametrize("state", [7, np.int64(7), np.random.RandomState(7)])
def test_kinds_of_states(state):
    expected = make_click_log(100, random_state=7)
    pd.testing.assert_frame_equal(make_click_log(100, random_state=state).frame, expected.frame)


def test_without_a_state_logs_differ():
    first, second = make_click_log(100), make_click_log(100)
    assert not first.frame.equals(second.frame)


def test_values_of_clicks():
    data = LOG.data
    assert data["user"].str.fullmatch("u[0-9a-f]{8}").all()
    assert data["site"].dropna().str.fullmatch(r"site\d+\.example").all()
    assert data["site"].isna().mean() == pytest.approx(0.1, abs=0.005)
    assert set(data["campaign"]) == set(range(1, 301))
    assert set(data["device"]) == {"phone", "desktop", "tablet", "console"}
    assert data["hour"].value_counts().index[0] == 20
    assert set(data["hour"]) == set(range(24))


def test_different_ranks_have_different_names():
    log = make_click_log(300_000, n_users=50, n_items=70, random_state=0)
    assert log.data[["user", "item"]].nunique().tolist() == [50, 70]


def test_tails_are_long():
    counts = make_click_log(random_state=0).data["user"].value_counts()
    assert (counts == 1).mean() > 0.5
    assert counts[: len(counts) // 100].sum() > 0.25 * counts.sum()


def test_probabilities_of_clicks_are_calibrated():
    deciles = pd.qcut(LOG.probability, 10, labels=False)
    predicted = pd.Series(LOG.probability).groupby(deciles).mean()
    found = LOG.target.groupby(deciles).mean()
    spread = np.sqrt(predicted * (1 - predicted) / 20_000)
    assert (np.abs(found - predicted) < 4 * spread).all()


def test_values_and_effects_do_not_depend_on_the_state():
    columns = [name for name in NAMES if name != "site"]  # missing sites do not join
    sizes = {"n_users": 3, "n_items": 2}
    first, second = (make_click_log(50_000, **sizes, random_state=state) for state in (1, 2))
    tables = [
        log.data[columns].assign(site=log.data["site"].fillna("none"), likely=log.probability)
        for log in (first, second)
    ]
    same = tables[0].merge(tables[1], on=[*columns, "site"])
    assert len(same) > 1000
    assert same["likely_x"].to_numpy() == pytest.approx(same["likely_y"].to_numpy(), rel=1e-12)


def test_more_users_do_not_change_the_first_ones():
    few, many = (make_click_log(50_000, n_users=n, n_items=1, random_state=0) for n in (10, 1000))
    assert set(few.data["user"]) <= set(many.data["user"])


def test_rare_users_predict_clicks():
    """Click rates of users that are rare in one log predict another log better than its mean does."""
    log, later = (make_click_log(400_000, n_users=20_000, random_state=state) for state in (1, 2))
    clicks = log.target.groupby(log.data["user"]).agg(["sum", "size"])
    seldom = clicks[clicks["size"] <= 20]
    rows = later.data["user"].isin(seldom.index)
    assert rows.mean() > 0.25
    base = log.target.mean()
    smoothed = (seldom["sum"] + 20 * base) / (seldom["size"] + 20)
    y = later.target[rows]
    known = log_loss(y, later.data["user"][rows].map(smoothed))
    assert known < log_loss(y, base) - 0.005


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_samples": 0}, r"'n_samples' parameter of make_click_log must be an int in .* Got 0"),
        ({"n_samples": 10.5}, r"'n_samples' parameter .* Got 10\.5"),
        ({"n_users": 0}, r"'n_users' parameter .* Got 0"),
        ({"n_items": 2**31}, r"'n_items' parameter .* Got 2147483648"),
        ({"random_state": "today"}, r"'random_state' parameter .* Got 'today'"),
        ({"return_X_y": 2}, r"'return_X_y' parameter .* Got 2"),
    ],
)
def test_invalid_parameters(parameters, words):
    with pytest.raises(ValueError, match=words):
        make_click_log(**parameters)


def test_one_row():
    assert make_click_log(1, n_users=1, n_items=1, random_state=0).data.shape == (1, 6)
