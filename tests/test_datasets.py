from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hybrid_encoder
from hybrid_encoder.datasets import load_flights

DATA = Path(hybrid_encoder.__file__).parent / "data"
SOURCE = Path(__file__).parents[2] / "shared" / "data" / "flights.csv.gz"


@pytest.mark.parametrize(("crosses", "n_columns"), [(False, 7), (True, 9)])
def test_columns(crosses, n_columns):
    flights = load_flights(crosses=crosses)
    assert flights.data.shape == (327_346, n_columns)
    assert flights.feature_names == list(flights.data)
    assert list(flights.frame) == [*flights.feature_names, "late"]
    assert set(np.unique(flights.target)) == {0, 1}
    for name in flights.feature_names:
        assert name in flights.DESCR


def test_return_X_y():
    X, y = load_flights(return_X_y=True)
    flights = load_flights()
    pd.testing.assert_frame_equal(X, flights.data)
    pd.testing.assert_series_equal(y, flights.target)


def test_crosses():
    flights = load_flights(crosses=True).data.iloc[0]
    assert (flights["route"], flights["origin_hour"]) == ("EWR-IAH", "EWR-05")


def test_the_copy_is_small_and_has_its_notice():
    assert (DATA / "flights.npz").stat().st_size < 2e6
    assert "CC0 1.0" in (DATA / "LICENSE.txt").read_text()


@pytest.mark.skipif(not SOURCE.exists(), reason="the source of the flights is not at hand")
def test_the_copy_equals_its_source():
    source = pd.read_csv(SOURCE)
    source.insert(1, "hour", source.pop("sched_dep_time") // 100)
    packed = load_flights().frame
    assert list(packed) == list(source)
    assert all((packed[name].to_numpy() == source[name].to_numpy()).all() for name in source)
