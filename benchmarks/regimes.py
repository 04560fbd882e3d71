"""Two ways to train a linear model on encoded rows: to convergence, and in one pass."""

from collections.abc import Callable

import numpy as np
from scipy import special
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from hybrid_encoder.metrics import relative_cross_entropy

Encoded = tuple[csr_matrix, np.ndarray]

STRENGTHS = (0.1, 0.3, 1.0, 3.0)
RATES = (0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4)


def converged(train: Encoded, valid: Encoded, test: Encoded) -> float:
    """RCE of an L2 logistic regression, its C tuned on the validation rows."""
    found = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=500).fit(*train)
        found.append([relative_cross_entropy(y, model.predict_proba(X)[:, 1]) for X, y in (valid, test)])
    return max(found)[1]


def one_pass(train: Encoded, valid: Encoded, test: Encoded) -> float:
    """RCE after one pass of AdaGrad in batches of 128, its learning rate tuned: the paper's regime."""
    weights, intercepts = adagrad(*train, np.array(RATES))
    on_valid, on_test = (
        [
            relative_cross_entropy(y, probability)
            for probability in special.expit(X @ weights + intercepts).T
        ]
        for X, y in (valid, test)
    )
    return on_test[int(np.argmax(on_valid))]


def adagrad(
    X: csr_matrix, y: np.ndarray, rates: np.ndarray, batch: int = 128
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and intercepts of logistic models after one pass of AdaGrad, a column per rate.

    Duchi, J., Hazan, E., Singer, Y. "Adaptive subgradient methods", JMLR 12 (2011).
    """
    weights = np.zeros((X.shape[1], len(rates)))
    squares = np.full_like(weights, 1e-8)
    intercepts = np.full(len(rates), special.logit(y.mean()))
    square = np.full(len(rates), 1e-8)
    for start in range(0, X.shape[0], batch):
        rows = X[start : start + batch]
        error = special.expit(rows @ weights + intercepts) - y[start : start + batch, None]
        touched = np.unique(rows.indices)
        gradient = (rows.T @ error)[touched]
        squares[touched] += gradient**2
        weights[touched] -= rates * gradient / np.sqrt(squares[touched])
        square += error.sum(axis=0) ** 2
        intercepts -= rates * error.sum(axis=0) / np.sqrt(square)
    return weights, intercepts


REGIMES: dict[str, Callable[[Encoded, Encoded, Encoded], float]] = {
    "converged": converged,
    "one pass": one_pass,
}
