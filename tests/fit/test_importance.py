import math

import numpy as np
import pytest

from hybrid_encoder._fit.importance import errors_of, scores_of
from tests.fit.test_measures import COUNTS, TOTALS


def test_no_values_have_no_scores():
    def score(class_counts, class_totals):
        return class_counts[:, 0] / class_counts.max()

    assert scores_of(score, np.zeros((0, 2)), TOTALS).tolist() == []


def test_a_function_of_ones_own():
    found = scores_of(lambda counts, totals: counts[:, 1] / totals[1], COUNTS, TOTALS)
    assert found.tolist() == (COUNTS[:, 1] / 500).tolist()


def test_a_function_cannot_change_the_counts():
    counts = COUNTS.copy()

    def spoil(class_counts, class_totals):
        class_counts[:] = class_totals[:] = 0
        return class_counts[:, 0]

    scores_of(spoil, counts, TOTALS)
    assert counts.tolist() == COUNTS.tolist()


@pytest.mark.parametrize(
    ("gives", "words"),
    [
        (lambda counts, totals: counts, r"gave an array of shape \(6, 2\)"),
        (lambda counts, totals: counts[1:, 0], r"gave an array of shape \(5,\)"),
        (lambda counts, totals: 3.0, r"gave an array of shape \(\)"),
        (lambda counts, totals: np.full(6, np.nan), "gave nan"),
        (lambda counts, totals: np.full(6, -np.inf), "gave -inf"),
        (lambda counts, totals: ["a"] * 6, "gave values such as 'a'"),
        (lambda counts, totals: None, "gave None"),
        (lambda counts, totals: np.full(6, 10, np.longdouble) ** 4000, "gave inf"),
    ],
)
def test_a_function_must_give_one_finite_score_per_value(gives, words):
    with pytest.raises(ValueError, match=rf"one finite score per value.*\(6, 2\).*lambda.*{words}"):
        scores_of(gives, COUNTS, TOTALS)


@pytest.mark.parametrize(
    ("measure", "class_counts", "class_totals", "expected"),
    [
        ("frequency", [[60, 40]], [500, 500], 10),
        ("entropy", [[60, 40]], [5_000, 5_000], None),
        # A value at the base rate is off by chance alone, (C - 1) / 2 nats of variance.
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
def test_standard_errors_are_how_far_scores_differ_between_samples(measure, shares):
    generator = np.random.default_rng(0)
    totals, n = np.array([50_000.0, 50_000.0]), generator.poisson(2_000, 4_000)
    class_counts = generator.multinomial(n, shares).astype(float)
    scores = scores_of(measure, class_counts, totals)
    mean = np.array([[2_000 * share for share in shares]])
    found = errors_of(measure, scores_of(measure, mean, totals), mean, totals)
    assert found == pytest.approx(scores.std(), rel=0.25)


def test_no_values_have_no_standard_errors():
    assert len(errors_of("gini", np.zeros(0), np.zeros((0, 2)), np.zeros(2))) == 0


def test_scores_that_are_no_array_are_refused():
    with pytest.raises(ValueError, match=r"one finite score per value.*gave values that are no array"):
        scores_of(lambda counts, totals: [[1], [2, 3], [], [], [], []], COUNTS, TOTALS)
