import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer

from hybrid_encoder import HybridHashEncoder

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "continuous.md"

X = pd.DataFrame({"bank": ["A", "B"] * 50, "amount": np.arange(100) * 1000.0})


def percentiles(n_bins=4):
    return KBinsDiscretizer(n_bins, encode="ordinal", strategy="quantile", subsample=None)


def recipe(*steps):
    """The columns of `steps` cut, the others as they are, in front of the encoder."""
    bins = make_column_transformer(*steps, remainder="passthrough", verbose_feature_names_out=False)
    return make_pipeline(bins.set_output(transform="pandas"), HybridHashEncoder(top_k=None, n_buckets=2))


def with_missing():
    filled = make_pipeline(SimpleImputer(strategy="median"), percentiles())
    return recipe((filled, ["amount"]), (MissingIndicator(features="all"), ["amount"]))


def columns_set(pipeline, rows):
    """Names of the columns that each row lights."""
    names = pipeline.get_feature_names_out()
    return [set(names[row.indices]) for row in map(pipeline.transform, rows)]


def row(**cells):
    return pd.DataFrame([{"bank": "A", "amount": 1000.0} | cells])


@pytest.mark.skipif(not PAGE.exists(), reason="the sources ship without the pages")
def test_the_page():
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8"
    )
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize(
    ("amount", "piece"),
    [(0, 0), (24_000, 0), (26_000, 1), (51_000, 2), (99_000, 3), (-1e12, 0), (1e12, 3)],
)
def test_pieces_are_the_training_rows_percentiles(amount, piece):
    pipeline = recipe((percentiles(), ["amount"])).fit(X)
    assert columns_set(pipeline, [row(amount=amount)]) == [{f"amount_{piece}", "bank_A"}]


def test_pieces_have_as_many_rows_each():
    pipeline = recipe((percentiles(10), ["amount"])).fit(X)
    names = pipeline.get_feature_names_out()
    pieces = [number for number, name in enumerate(names) if name.startswith("amount_")]
    assert pipeline.transform(X).toarray()[:, pieces].sum(axis=0).tolist() == [10] * 10


def test_a_value_that_fills_several_percentiles_has_a_piece_of_its_own():
    jobs = X.assign(amount=[0.0] * 60 + list(range(1, 41)))
    pipeline = recipe((percentiles(10), ["amount"]))
    with pytest.warns(UserWarning, match="Bins whose width are too small"):
        pipeline.fit(jobs)
    zero, one = columns_set(pipeline, [row(amount=0.0), row(amount=1.0)])
    assert zero != one
    assert pipeline[0].transform(jobs)["amount"].eq(0).sum() == 60


def test_missing_is_refused_without_more():
    pipeline = recipe((percentiles(), ["amount"]))
    with pytest.raises(ValueError, match="contains NaN"):
        pipeline.fit(X.assign(amount=np.nan))


@pytest.mark.parametrize("seen", [True, False], ids=["at fit", "later"])
def test_missing_is_a_category(seen):
    amounts = X["amount"].where(X.index != 7) if seen else X["amount"]
    pipeline = with_missing().fit(X.assign(amount=amounts))
    there, missing = columns_set(pipeline, [row(amount=50_000.0), row(amount=np.nan)])
    flags = {name for name in there ^ missing if name.startswith("missingindicator_amount")}
    assert "missingindicator_amount_0" in flags
    assert ("missingindicator_amount_1" in flags) == seen
    assert len(flags) == (2 if seen else 3)  # what was never seen lights two buckets


def test_rows_come_as_they_did_in_the_batch():
    pipeline = with_missing().fit(X.assign(amount=X["amount"].where(X.index % 7 > 0)))
    batch = pipeline.transform(X).toarray()
    alone = [pipeline.transform(X.iloc[[number]]).toarray()[0] for number in range(len(X))]
    np.testing.assert_array_equal(alone, batch)


def test_the_pipeline_can_be_cloned():
    pipeline = with_missing().fit(X)
    again = clone(pipeline).fit(X)
    np.testing.assert_array_equal(again.transform(X).toarray(), pipeline.transform(X).toarray())
