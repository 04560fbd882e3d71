"""The encoder in pipelines, column transformers and searches of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import estimator_html_repr

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.importance import MEASURES

RANDOM = np.random.default_rng(0)
N_ROWS = 400
X = pd.DataFrame(
    {
        "city": RANDOM.choice([f"city {i}" for i in range(60)], N_ROWS),
        "phone": RANDOM.integers(0, 9, N_ROWS),
        "price": RANDOM.normal(size=N_ROWS),
    }
)
CATEGORIES = X[["city", "phone"]]
y = ((X["phone"] % 2 == 0) ^ (RANDOM.random(N_ROWS) < 0.1)).astype(int)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(solver="lbfgs"),
        LogisticRegression(solver="liblinear"),
        LogisticRegression(solver="saga", max_iter=1000),
        SGDClassifier(random_state=0),
        LinearSVC(),
        RandomForestClassifier(n_estimators=20, random_state=0),
    ],
    ids=lambda model: f"{type(model).__name__}-{getattr(model, 'solver', '')}",
)
def test_sparse_models(model):
    pipeline = make_pipeline(HybridHashEncoder(max_features=40), model)
    assert pipeline.fit(CATEGORIES, y).score(CATEGORIES, y) > 0.85


def test_dense_models():
    encoder = HybridHashEncoder(max_features=40, sparse_output=False)
    pipeline = make_pipeline(encoder, HistGradientBoostingClassifier(max_iter=20))
    assert pipeline.fit(CATEGORIES, y).score(CATEGORIES, y) > 0.85


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_column_transformer(output):
    if output == "polars":
        pytest.importorskip("polars")
    encoder = HybridHashEncoder(top_k=3, n_buckets=2, sparse_output=output == "default")
    columns = make_column_transformer(
        (encoder, ["city", "phone"]), (StandardScaler(), make_column_selector("price"))
    ).set_output(transform=output)
    encoded = columns.fit_transform(X)
    assert encoded.shape == (N_ROWS, 11)
    names = columns.get_feature_names_out()
    assert names[-6:].tolist() == [
        *[f"hybridhashencoder__phone_{v}" for v in X["phone"].value_counts().index[:3]],
        "hybridhashencoder__phone#0",
        "hybridhashencoder__phone#1",
        "standardscaler__price",
    ]
    if output != "default":
        assert list(encoded.columns) == names.tolist()


def test_dataframes_keep_their_index():
    frame = CATEGORIES.set_axis(range(1000, 1000 + N_ROWS))
    encoder = HybridHashEncoder(top_k=3, n_buckets=2, sparse_output=False).set_output(transform="pandas")
    encoded = encoder.fit_transform(frame)
    assert encoded.index.equals(frame.index)
    assert encoded.columns.tolist() == encoder.get_feature_names_out().tolist()


def test_grid_search_over_the_budget():
    pipeline = make_pipeline(HybridHashEncoder(), LogisticRegression())
    search = GridSearchCV(pipeline, {"hybridhashencoder__max_features": [8, 40]}, cv=3)
    search.fit(CATEGORIES, y)
    assert search.best_params_ == {"hybridhashencoder__max_features": 40}


def test_grid_search_over_the_importance():
    pipeline = make_pipeline(HybridHashEncoder(max_features=8), LogisticRegression())
    search = GridSearchCV(pipeline, {"hybridhashencoder__importance": [*MEASURES]}, cv=3)
    search.fit(CATEGORIES, y.map({0: "odd", 1: "even"}))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_cross_val_score():
    pipeline = make_pipeline(HybridHashEncoder(max_features=40), LogisticRegression())
    assert cross_val_score(pipeline, CATEGORIES, y, cv=3).mean() > 0.8


def test_sample_weight_is_routed():
    weights = np.where(CATEGORIES["city"] == "city 59", 100.0, 1.0)
    with config_context(enable_metadata_routing=True):
        encoder = HybridHashEncoder(top_k=1, n_buckets=2).set_fit_request(sample_weight=True)
        encoder.set_transform_request() if hasattr(encoder, "set_transform_request") else None
        pipeline = make_pipeline(encoder, LogisticRegression().set_fit_request(sample_weight=False))
        pipeline.fit(CATEGORIES, y, sample_weight=weights)
    assert pipeline[0].vocabularies_[0].tolist() == ["city 59"]


def test_clone_of_a_fitted_encoder_is_not_fitted():
    encoder = HybridHashEncoder(max_features=40).fit(CATEGORIES)
    assert not hasattr(clone(encoder), "vocabularies_")


@pytest.mark.parametrize("fitted", [False, True])
def test_html_links_to_the_page_of_the_encoder(fitted):
    encoder = HybridHashEncoder(max_features=40)
    html = estimator_html_repr(encoder.fit(CATEGORIES) if fitted else encoder)
    assert "HybridHashEncoder" in html
    assert "/api/hybrid_encoder.HybridHashEncoder.html" in html


def test_tags():
    tags = HybridHashEncoder().__sklearn_tags__()
    assert tags.input_tags.categorical
    assert tags.input_tags.allow_nan
    assert not tags.input_tags.string
    assert not tags.input_tags.sparse
    assert tags.transformer_tags.preserves_dtype == []
    assert not tags.target_tags.required
    assert HybridHashEncoder(importance="mutual_info").__sklearn_tags__().target_tags.required
    assert not HybridHashEncoder(importance=max).__sklearn_tags__().target_tags.required
    assert not HybridHashEncoder(handle_missing="error").__sklearn_tags__().input_tags.allow_nan
