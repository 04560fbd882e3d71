import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import _importance
from hybrid_encoder._counts import over_classes
from hybrid_encoder._importance import (
    MEASURES,
    SUPERVISED,
    UNSUPERVISED,
    errors_of,
    scores_of,
)

ROW_BY_ROW = sorted({*UNSUPERVISED, *SUPERVISED} - {"pooled_info"})
PRIOR = 10  # rows at the base shares, by the contract
COUNTS = np.array([[90, 10], [5, 5], [0, 1], [1, 0], [400, 401], [0, 0]], dtype=float)
TOTALS = np.array([600, 500], dtype=float)


def exact(measure, counts, totals):
    """The formulas as they are written, in fifty digits."""
    with localcontext() as context:
        context.prec = 50
        counts, totals = [Decimal(int(c)) for c in counts], [Decimal(int(t)) for t in totals]
        n, rows, prior = sum(counts), sum(totals), Decimal(PRIOR)
        base = [total / rows for total in totals]
        shares = [(c + prior * p) / (n + prior) for c, p in zip(counts, base, strict=True)]
        pairs = list(zip(shares, base, strict=True))

        def logit(q):
            return (q / (1 - q)).ln()

        return {
            "frequency": lambda: n,
            "entropy": lambda: -n / rows * (n / rows).ln() if n else Decimal(0),
            "mutual_info": lambda: n * sum(q * (q / p).ln() for q, p in pairs),
            "gini": lambda: n * sum((q - p) ** 2 for q, p in pairs),
            "fisher": lambda: n / 2 * sum(q * (1 - q) * (logit(q) - logit(p)) ** 2 for q, p in pairs),
        }[measure]()


@pytest.mark.parametrize("measure", ROW_BY_ROW)
@pytest.mark.parametrize("counts", [COUNTS, np.column_stack([COUNTS, COUNTS[::-1, 0] + 1])])
def test_scores_are_those_of_the_formulas(measure, counts):
    totals = np.append(TOTALS, 700)[: counts.shape[1]]
    found = scores_of(measure, counts, totals)
    expected = [float(exact(measure, row, totals)) for row in counts]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
@pytest.mark.parametrize("more", [1, 3, 1000, 10**6])
def test_scores_of_values_near_the_base_keep_their_digits(measure, more):
    counts, totals = np.array([[6e6 + more, 5e6]]), np.array([6e8, 5e8])
    expected = float(exact(measure, counts[0], totals))
    assert scores_of(measure, counts, totals)[0] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
def test_values_at_the_base_score_nothing_at_all(measure):
    counts = np.array([[1.0, 48.0], [5.0, 240.0], [2.0, 96.0]])
    assert scores_of(measure, counts, counts.sum(axis=0)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("measure", [*MEASURES])
@pytest.mark.parametrize(
    "counts",
    [
        [[3e17, 3e17], [3e17, 0.0], [0.0, 3e17]],
        [[3.0, 3e-17], [3.0, 0.0], [0.0, 3e-17]],
        [[3e99, 1.0], [1.0, 1e99], [1e-300, 0.0]],
    ],
    ids=["huge", "a class of next to no weight", "far apart"],
)
def test_scores_are_finite_at_any_weight(measure, counts):
    counts = np.array(counts)
    assert np.isfinite(scores_of(measure, counts, counts.sum(axis=0))).all()


@pytest.mark.parametrize("measure", [*MEASURES])
def test_blocks_do_not_show(measure, monkeypatch):
    counts = np.random.default_rng(0).integers(0, 50, (101, 3)).astype(float)
    expected = scores_of(measure, counts, counts.sum(axis=0)).tolist()
    monkeypatch.setattr(_importance, "_SOME_CELLS", 20)
    assert scores_of(measure, counts, counts.sum(axis=0)).tolist() == expected


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
def test_a_value_seen_once_does_not_win_by_luck(measure):
    once, often, at_base = scores_of(
        measure, np.array([[0.0, 1.0], [60.0, 40.0], [50.0, 50.0]]), np.array([500.0, 500.0])
    )
    assert often > once > at_base == 0


@pytest.mark.parametrize("measure", [*MEASURES])
@given(st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_values(measure, random):
    counts = np.random.default_rng(0).integers(0, 50, (101, 3)).astype(float)
    order = list(range(len(counts)))
    random.shuffle(order)
    totals = counts.sum(axis=0)
    assert scores_of(measure, counts[order], totals).tolist() == (
        scores_of(measure, counts, totals)[order].tolist()
    )


@pytest.mark.parametrize("measure", [*SUPERVISED])
@pytest.mark.parametrize(
    ("counts", "totals"),
    [([[3.0], [5.0]], [8.0]), ([[3.0, 0.0], [5.0, 0.0]], [8.0, 0.0])],
    ids=["one class", "one class with rows"],
)
def test_one_class_tells_nothing(measure, counts, totals):
    assert scores_of(measure, np.array(counts), np.array(totals)).tolist() == [0, 0]


def test_entropy_of_a_value_of_nearly_all_rows_keeps_its_digits():
    found = scores_of("entropy", np.array([[1e12 - 1]]), np.array([1e12]))[0]
    assert found == pytest.approx(1e-12, rel=1e-11)


def test_no_values_have_no_scores():
    def score(class_counts, class_totals):
        return class_counts[:, 0] / class_counts.max()

    assert scores_of(score, np.zeros((0, 2)), TOTALS).tolist() == []


def test_the_most_frequent_value_of_all_tells_little_by_entropy():
    often, middle, rare = scores_of("entropy", np.array([[90.0], [37.0], [1.0]]), np.array([100.0]))
    assert middle > often > rare > 0
    assert scores_of("entropy", np.array([[300.0]]), np.array([100.0])).tolist() == [0]


@pytest.mark.parametrize("counts", [COUNTS, np.column_stack([COUNTS, COUNTS[::-1, 0] + 1])])
def test_pooled_information_adds_the_average_of_the_column(counts):
    totals = np.append(TOTALS, 700)[: counts.shape[1]]
    n = counts.sum(axis=1)
    own = np.array([float(exact("mutual_info", row, totals)) for row in counts])
    by_chance = (counts.shape[1] - 1) / 2 * (n / (n + PRIOR)) ** 2
    expected = own + 2 * n * (own - by_chance).sum() / n.sum()
    np.testing.assert_allclose(scores_of("pooled_info", counts, totals), expected, rtol=1e-12)


def test_a_column_of_chance_adds_nothing():
    classes = np.random.default_rng(0).integers(0, 2, 30_000)
    table = np.zeros((30_000 // 3, 2))
    np.add.at(table, (np.arange(30_000) // 3, classes), 1)
    own, pooled = (scores_of(name, table, table.sum(axis=0)) for name in ("mutual_info", "pooled_info"))
    assert pooled.sum() < 1.2 * own.sum()
    telling = np.array([[30.0, 0.0], [0.0, 30.0], [15.0, 15.0]] * 100)
    own, pooled = (
        scores_of(name, telling, telling.sum(axis=0)) for name in ("mutual_info", "pooled_info")
    )
    assert pooled.sum() > 2.8 * own.sum()


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_sums_over_classes(n_classes):
    counts = np.random.default_rng(0).integers(0, 9, (50, n_classes)).astype(float)
    assert over_classes(counts).tolist() == counts.sum(axis=1).tolist()


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
