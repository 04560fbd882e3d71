import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.progress import Progress

callback = pytest.importorskip("sklearn.callback", reason="callbacks need scikit-learn 1.9")

X = pd.DataFrame({"a": ["x", "y"] * 4, "b": [1, 2, 3, 4] * 2})


class Log:
    """A callback that lists its calls."""

    max_propagation_depth = None

    def __init__(self):
        self.calls = []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        if isinstance(estimator, HybridHashEncoder):
            self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X, metadata, fitted_estimator):
        if isinstance(estimator, HybridHashEncoder):
            self.calls.append(f"end {context.task_name}")
            if fitted_estimator is not None:
                self.calls.append(fitted_estimator.transform(X).shape)


STEPS = ["begin fit", *["begin count-column", "end count-column"] * 2, "end fit", (8, 10)]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_every_column_is_a_step(method, n_jobs):
    log = Log()
    encoder = HybridHashEncoder(n_jobs=n_jobs).set_callbacks(log)
    getattr(encoder, method)(X)
    assert log.calls == ["setup", *STEPS, "teardown"]


def test_callbacks_are_torn_down_if_a_fit_fails():
    log = Log()
    with pytest.raises(TypeError, match="Column 0"):
        HybridHashEncoder().set_callbacks(log).fit([["a"], [1]])
    assert log.calls == ["setup", "begin fit", "begin count-column", "teardown"]


def test_steps_are_reported_inside_a_pipeline():
    log = Log()
    model = make_pipeline(HybridHashEncoder(), LogisticRegression()).set_callbacks(log)
    model.fit(X, [0, 1] * 4)
    assert [call for call in log.calls if call not in ("setup", "teardown")] == STEPS


def test_a_progress_bar(capsys):
    pytest.importorskip("rich")
    HybridHashEncoder().set_callbacks(callback.ProgressBar()).fit(X)
    assert "HybridHashEncoder - fit" in capsys.readouterr().out


def test_without_callbacks_results_are_passed_through():
    progress = Progress(object(), 2, X=X)
    assert list(progress.steps(iter("ab"), "count-column")) == ["a", "b"]
    progress.end()
