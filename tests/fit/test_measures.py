from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit import measures as _measures
from hybrid_encoder._fit.importance import MEASURES, SUPERVISED, UNSUPERVISED, scores_of

ROW_BY_ROW = sorted({*UNSUPERVISED, *SUPERVISED} - {"pooled_info"})
PRIOR = 10  # rows at the base shares, as documented
COUNTS = np.array([[90, 10], [5, 5], [0, 1], [1, 0], [400, 401], [0, 0]], dtype=float)
TOTALS = np.array([600, 500], dtype=float)


def exact(measure, counts, totals):
    """The formulas in fifty digits."""
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
def test_scores_follow_the_formulas(measure, counts):
    totals = np.append(TOTALS, 700)[: counts.shape[1]]
    found = scores_of(measure, counts, totals)
    expected = [float(exact(measure, row, totals)) for row in counts]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
@pytest.mark.parametrize("more", [1, 3, 1000, 10**6])
def test_scores_near_the_base_shares_keep_their_digits(measure, more):
    counts, totals = np.array([[6e6 + more, 5e6]]), np.array([6e8, 5e8])
    expected = float(exact(measure, counts[0], totals))
    assert scores_of(measure, counts, totals)[0] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
def test_values_at_the_base_shares_score_0(measure):
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
    ids=["huge", "a class of almost no weight", "far apart"],
)
def test_scores_are_finite_at_any_weight(measure, counts):
    counts = np.array(counts)
    assert np.isfinite(scores_of(measure, counts, counts.sum(axis=0))).all()


@pytest.mark.parametrize("measure", [*MEASURES])
def test_scores_do_not_depend_on_the_blocks(measure, monkeypatch):
    counts = np.random.default_rng(0).integers(0, 50, (101, 3)).astype(float)
    expected = scores_of(measure, counts, counts.sum(axis=0)).tolist()
    monkeypatch.setattr(_measures, "_BLOCK_CELLS", 20)
    assert scores_of(measure, counts, counts.sum(axis=0)).tolist() == expected


@pytest.mark.parametrize("measure", ["mutual_info", "gini", "fisher"])
def test_a_value_seen_once_does_not_rank_first_by_chance(measure):
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
def test_with_one_class_all_scores_are_0(measure, counts, totals):
    assert scores_of(measure, np.array(counts), np.array(totals)).tolist() == [0, 0]


def test_entropy_of_a_value_in_nearly_all_rows_keeps_its_digits():
    found = scores_of("entropy", np.array([[1e12 - 1]]), np.array([1e12]))[0]
    assert found == pytest.approx(1e-12, rel=1e-11)


def test_entropy_of_a_value_in_most_rows_is_low():
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


def test_pooled_information_adds_little_in_a_column_of_chance():
    classes = np.random.default_rng(0).integers(0, 2, 30_000)
    table = np.zeros((30_000 // 3, 2))
    np.add.at(table, (np.arange(30_000) // 3, classes), 1)
    own, pooled = (scores_of(name, table, table.sum(axis=0)) for name in ("mutual_info", "pooled_info"))
    assert pooled.sum() < 1.2 * own.sum()


def test_pooled_information_adds_much_in_an_informative_column():
    table = np.array([[30.0, 0.0], [0.0, 30.0], [15.0, 15.0]] * 100)
    own, pooled = (scores_of(name, table, table.sum(axis=0)) for name in ("mutual_info", "pooled_info"))
    assert pooled.sum() > 2.8 * own.sum()
