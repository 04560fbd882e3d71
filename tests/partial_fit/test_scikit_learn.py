"""`partial_fit` with the tools of scikit-learn."""

import pytest
from sklearn import config_context
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr
from sklearn.utils.metadata_routing import get_routing_for_object

from hybrid_encoder import HybridHashEncoder


def test_sample_weights_can_be_routed():
    with config_context(enable_metadata_routing=True):
        encoder = HybridHashEncoder().set_partial_fit_request(sample_weight=True)
        requests = get_routing_for_object(encoder).partial_fit.requests
        assert requests == {"sample_weight": True}


def test_a_frozen_encoder_in_a_pipeline():
    X, y = [["a"], ["b"], ["b"], ["c"]] * 5, [0, 1, 1, 0] * 5
    encoder = HybridHashEncoder(top_k=2, n_buckets=4).partial_fit(X, y)
    pipeline = make_pipeline(FrozenEstimator(encoder), SGDClassifier(random_state=0)).fit(X, y)
    assert pipeline.score(X, y) == 1
    encoder.partial_fit([["d"]] * 2, [0, 0])
    assert pipeline.predict(X).shape == (20,)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_output_frames_have_the_current_names(library):
    pytest.importorskip(library)
    encoder = HybridHashEncoder(top_k=2, n_buckets=2, sparse_output=False)
    encoder.set_output(transform=library).partial_fit([["a"]])
    assert list(encoder.transform([["a"]]).columns) == ["x0_a", "x0#free1", "x0#0", "x0#1"]
    encoder.partial_fit([["b"]])
    assert list(encoder.transform([["a"]]).columns) == ["x0_a", "x0_b", "x0#0", "x0#1"]


def test_partial_fit_returns_the_encoder():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    assert encoder.partial_fit([["a"]]) is encoder
    assert encoder.partial_fit([["b"]]) is encoder


def test_the_encoder_is_displayed():
    encoder = HybridHashEncoder(top_k=2, n_buckets=2).partial_fit([["a"]]).partial_fit([["b"]])
    assert "HybridHashEncoder" in estimator_html_repr(encoder)
    assert repr(encoder) == "HybridHashEncoder(n_buckets=2, top_k=2)"
