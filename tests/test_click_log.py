"""Logs of clicks that are made up."""

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder.datasets import make_click_log

NAMES = ["user", "item", "site", "campaign", "device", "hour"]
LOG = make_click_log(200_000, random_state=0)


def score(y, probability):
    """The log loss, in nats a row."""
    return -np.log(np.where(y == 1, probability, 1 - probability)).mean()


def test_what_there_is():
    assert (len(LOG.data), len(LOG.target), LOG.probability.shape) == (200_000, 200_000, (200_000,))
    assert LOG.feature_names == list(LOG.data) == NAMES
    assert list(LOG.frame) == [*NAMES, "clicked"]
    assert set(LOG.target) == {0, 1}
    assert all(name in LOG.DESCR for name in NAMES)


def test_only_columns_and_target():
    X, y = make_click_log(200_000, random_state=0, return_X_y=True)
    pd.testing.assert_frame_equal(X, LOG.data)
    pd.testing.assert_series_equal(y, LOG.target)


def test_a_state_gives_the_same_rows_in_every_release():
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


def test_without_a_state_every_log_is_another():
    first, second = make_click_log(100), make_click_log(100)
    assert not first.frame.equals(second.frame)


def test_values_are_what_they_say():
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


def test_clicks_are_as_likely_as_told():
    deciles = pd.qcut(LOG.probability, 10, labels=False)
    told = pd.Series(LOG.probability).groupby(deciles).mean()
    found = LOG.target.groupby(deciles).mean()
    spread = np.sqrt(told * (1 - told) / 20_000)
    assert (np.abs(found - told) < 4 * spread).all()


def test_logs_of_all_states_are_of_one_world():
    columns = [name for name in NAMES if name != "site"]  # missing sites do not join
    world = {"n_users": 3, "n_items": 2}
    first, second = (make_click_log(50_000, **world, random_state=state) for state in (1, 2))
    tables = [
        log.data[columns].assign(site=log.data["site"].fillna("none"), likely=log.probability)
        for log in (first, second)
    ]
    same = tables[0].merge(tables[1], on=[*columns, "site"])
    assert len(same) > 1000
    assert same["likely_x"].to_numpy() == pytest.approx(same["likely_y"].to_numpy(), rel=1e-12)


def test_the_first_users_are_the_same_however_many_there_are():
    few, many = (make_click_log(50_000, n_users=n, n_items=1, random_state=0) for n in (10, 1000))
    assert set(few.data["user"]) <= set(many.data["user"])


def test_users_of_the_tail_tell_as_much_as_they_are_many():
    """Who is seen seldom in one log is found again in others, and clicks as before."""
    log, later = (make_click_log(400_000, n_users=20_000, random_state=state) for state in (1, 2))
    clicks = log.target.groupby(log.data["user"]).agg(["sum", "size"])
    seldom = clicks[clicks["size"] <= 20]
    rows = later.data["user"].isin(seldom.index)
    assert rows.mean() > 0.25
    base = log.target.mean()
    smoothed = (seldom["sum"] + 20 * base) / (seldom["size"] + 20)
    y = later.target[rows]
    known = score(y, later.data["user"][rows].map(smoothed))
    assert known < score(y, base) - 0.005


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
def test_parameters_that_are_refused(parameters, words):
    with pytest.raises(ValueError, match=words):
        make_click_log(**parameters)


def test_one_row():
    assert make_click_log(1, n_users=1, n_items=1, random_state=0).data.shape == (1, 6)
