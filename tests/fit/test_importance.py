import math

import numpy as np
import pytest

from hybrid_encoder._fit.importance import (
    MEASURES,
    SUPERVISED,
    errors_of,
    needs_target,
    resolve_importance,
    scores_of,
    uses_target,
)
from hybrid_encoder._input.errors import ColumnError
from tests.fit.test_measures import COUNTS, TOTALS


@pytest.mark.parametrize(
    ("labels", "streaming", "expected"),
    [
        (["no", "yes"], False, "pooled_info"),
        (["no", "yes"], True, "pooled_info"),
        (["no"], False, "frequency"),
        # A second class may come in a later batch.
        (["no"], True, "pooled_info"),
        (None, False, "frequency"),
        (None, True, "frequency"),
    ],
)
def test_auto_uses_the_target_if_it_has_classes(labels, streaming, expected):
    labels = None if labels is None else np.array(labels)
    assert resolve_importance("auto", labels, streaming=streaming) == expected
    for measure in (*MEASURES, max):
        assert resolve_importance(measure, labels, streaming=streaming) == measure


@pytest.mark.parametrize(
    ("measures", "needs", "uses"),
    [
        ([*SUPERVISED], True, True),
        (["frequency", "entropy"], False, False),
        (["auto", max, np.ones_like], False, True),
    ],
)
def test_which_measures_use_the_target(measures, needs, uses):
    assert {needs_target(measure) for measure in measures} == {needs}
    assert {uses_target(measure) for measure in measures} == {uses}


def test_no_values_have_no_scores():
    def score(class_counts, class_totals):
        return class_counts[:, 0] / class_counts.max()

    assert scores_of(score, np.zeros((0, 2)), TOTALS).tolist() == []


def test_scores_by_a_callable():
    found = scores_of(lambda counts, totals: counts[:, 1] / totals[1], COUNTS, TOTALS)
    assert found.tolist() == (COUNTS[:, 1] / 500).tolist()


def test_a_callable_cannot_change_the_counts():
    counts = COUNTS.copy()

    def spoil(class_counts, class_totals):
        class_counts[:] = class_totals[:] = 0
        return class_counts[:, 0]

    scores_of(spoil, counts, TOTALS)
    assert counts.tolist() == COUNTS.tolist()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda counts, totals: counts, r"returned an array of shape \(6, 2\)"),
        (lambda counts, totals: counts[1:, 0], r"returned an array of shape \(5,\)"),
        (lambda counts, totals: 3.0, r"returned an array of shape \(\)"),
        (lambda counts, totals: np.full(6, np.nan), "returned nan"),
        (lambda counts, totals: np.full(6, -np.inf), "returned -inf"),
        (lambda counts, totals: ["a"] * 6, "returned an array of <U1, with 'a'"),
        (lambda counts, totals: None, "returned None"),
        (lambda counts, totals: [[1], [2, 3], [], [], [], []], "returned a ragged sequence"),
        (lambda counts, totals: np.full(6, 10, np.longdouble) ** 4000, "returned inf"),
    ],
)
def test_a_callable_must_return_one_finite_score_per_value(function, words):
    match = rf"one finite score per value.*\(6, 2\).*lambda.*{words}\. It must return an array"
    with pytest.raises(ColumnError, match=match) as raised:
        scores_of(function, COUNTS, TOTALS)
    assert raised.value.kind is ValueError


@pytest.mark.parametrize(
    ("measure", "class_counts", "class_totals", "expected"),
    [
        ("frequency", [[60, 40]], [500, 500], 10),
        ("entropy", [[60, 40]], [5_000, 5_000], None),
        # At the base shares only chance is left, a variance of (C - 1) / 2.
        ("mutual_info", [[50, 50]], [500, 500], math.sqrt(0.5)),
        ("mutual_info", [[30, 30, 30]], [300, 300, 300], 1.0),
        ("gini", [[50, 50]], [500, 500], math.sqrt(0.5)),
        ("fisher", [[50, 50]], [500, 500], 2 * math.sqrt(0.5)),
        ("mutual_info", [[50]], [500], 0),
        ("gini", [[50]], [500], 0),
        (lambda counts, totals: 7.0 * counts.sum(axis=1), [[60, 40]], [500, 500], 70),
    ],
)
def test_standard_errors(measure, class_counts, class_totals, expected):
    table = np.array(class_counts, dtype=float), np.array(class_totals, dtype=float)
    scores = scores_of(measure, *table)
    found = errors_of(measure, scores, *table)
    assert found == pytest.approx([scores[0] / 10 if expected is None else expected])


@pytest.mark.parametrize("measure", ["mutual_info", "pooled_info", "fisher", "gini", "frequency"])
@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.6, 0.4], [0.35, 0.65]])
def test_standard_errors_are_those_between_samples(measure, shares):
    generator = np.random.default_rng(0)
    totals, n = np.array([50_000.0, 50_000.0]), generator.poisson(2_000, 4_000)
    class_counts = generator.multinomial(n, shares).astype(float)
    scores = scores_of(measure, class_counts, totals)
    mean = np.array([[2_000 * share for share in shares]])
    found = errors_of(measure, scores_of(measure, mean, totals), mean, totals)
    assert found == pytest.approx(scores.std(), rel=0.25)


def test_no_values_have_no_standard_errors():
    assert len(errors_of("gini", np.zeros(0), np.zeros((0, 2)), np.zeros(2))) == 0
