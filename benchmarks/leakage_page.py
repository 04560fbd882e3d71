"""The guide to measures of importance, with the figures of the study of leakage."""

import markdown
import pandas as pd
from regimes import REGIMES

PAGE = """# Importance: which values get a slot

Leave it at the default: with a target of classes values then rank by what they tell of it, without one
by how often they occur. Say `"frequency"` where an encoder serves several targets, or where the head
must not depend on labels ([what to pair with what](#what-to-pair-with-what)).

`importance` says how values are ranked; the best of them, over all columns together, get a slot. Every
measure takes one table per column: n_vc, how often value v occurs with class c (the sum of
`sample_weight`, if there is one), n_v its sum over the classes, N the number of rows, p_c the share of
class c in all rows.

| `importance` | score of a value | looks at `y` |
| --- | --- | --- |
| `"frequency"` | n_v | no |
| `"entropy"` | -p_v log p_v, with p_v = n_v / N | no |
| `"mutual_info"` | n_v I_v, with I_v = sum_c q_vc log(q_vc / p_c) | yes |
| `"pooled_info"` | n_v (I_v + 2 I), with I the mean of I_v over the column's rows | yes |
| `"gini"` | n_v sum_c (q_vc - p_c)² | yes |
| `"fisher"` | n_v / 2 sum_c q_vc (1 - q_vc) (logit q_vc - logit p_c)² | yes |
| `"auto"` (default) | that of `"pooled_info"` with a `y` of up to 20 classes, else n_v | if it can |
| a function | what it returns, given (n_vc) and (N p_c) as arrays | if it has classes |

q_vc = (n_vc + 10 p_c) / (n_v + 10) are the class shares drawn towards the base by ten rows' worth, so
that a value seen twice, both times with the same class, does not win by luck. `pooled_info` takes off I
what it would be by chance, (C - 1) / 2 (n_v / (n_v + 10))² for a value with C classes, never below 0,
and adds it because a value at the
base rate may tell much beside other columns: a date on which as many flights were late as on others
still says what the weather was, once the airline and the hour are known. How good they are, at which
size and in which regime: [the study behind the defaults](../benchmarks/study_defaults.md).

```python
>>> from hybrid_encoder import HybridHashEncoder
>>> X = [["often"]] * 8 + [["yes"]] * 3 + [["no"]] * 4
>>> y = [0, 1] * 4 + [1] * 3 + [0] * 4
>>> HybridHashEncoder(top_k=2, importance="frequency").fit(X).vocabularies_
[array(['often', 'no'], dtype=object)]
>>> HybridHashEncoder(top_k=2, importance="mutual_info").fit(X, y).vocabularies_
[array(['no', 'yes'], dtype=object)]
>>> def lift(class_counts, class_totals):
...     return class_counts[:, 1] / class_counts.sum(axis=1)
>>> HybridHashEncoder(top_k=1, importance=lift).fit(X, y).vocabularies_
[array(['yes'], dtype=object)]

```

Whole numbers are classes: with `"auto"` up to 20 different ones, with the other measures that look at
`y`, and for a function, however many. A target with fractions has none: `"auto"` then ranks by
frequency, a function sees one class, and the measures that need classes refuse it. Cut such a target
first, and whole numbers that mean an amount: `encoder.fit(X, pandas.qcut(y, 10, labels=False))`.

## What leaks

`fit_transform(X, y)` encodes rows with a head that their own labels have helped to choose. There is no
cross-fitting as in scikit-learn's `TargetEncoder`, whose output holds the labels' mean; here they
decide only which values have a column, a bit per value. What that costs was measured by `python
benchmarks/study_leakage.py --data FOLDER`: {n_rows:,} random rows of each table (the flights, the same
with crosses, the loans, the lines of a shop), 68 % to train on, cut in two; the model learns from the
one half; the encoder is fitted on that half too ("own") or on the other ("others"), whose labels the
model never sees. Quality is the relative cross entropy (RCE) on test rows, in per cent, of an L2
logistic regression ("converged") or after one pass of AdaGrad, the encoder fitted on the model's own
rows; mean of the tables and of {n_seeds} splits; "own - others" has the standard error over the
splits. Below 0, one's own labels do harm. Frequency looks at no labels: its line is what comes of
knowing the rows alone.

{leaks}

"Rare" is the part of the slots, in per cent, that went to values seen up to three times in the rows that
the encoder was fitted on.

## What to pair with what

{advice}

Rows for the head that the model does not learn from cost a second `fit`, and nothing in serving:

```python
>>> X_head, y_head, X_model, y_model = X[::2], y[::2], X[1::2], y[1::2]
>>> encoder = HybridHashEncoder(max_features=4).fit(X_head, y_head)
>>> encoder.transform(X_model).shape
(7, 4)

```
"""


def page(results: pd.DataFrame, n_rows: int) -> str:
    """The guide with its figures."""
    return PAGE.format(
        n_rows=n_rows, n_seeds=results["seed"].nunique(), leaks=leaks(results), advice=ADVICE
    )


def leaks(results: pd.DataFrame) -> str:
    """RCE with the head chosen by the model's own labels and by others, and their difference."""
    rows = []
    by = ["budget", "importance", "indicator"]
    for (budget, importance, indicator), group in results.groupby(by, sort=False):
        cells = [f"{budget:.0%}", importance, "yes" if indicator else ""]
        for regime in REGIMES:
            scores = group.pivot_table(index="seed", columns="labels", values=regime)
            mean, error = markdown.with_error((scores["own"] - scores["others"]).to_numpy())
            cells += [f"{scores['own'].mean():.2f}", f"{mean:+.2f} ± {error:.2f}"]
        own = group[group["labels"] == "own"]
        rows.append([*cells, f"{own['rare'].mean():.1f}"])
    regimes = [name for regime in REGIMES for name in (regime, "own - others")]
    rows.sort(key=lambda row: (float(row[0][:-1]), row[2]))
    return markdown.table(["budget", "importance", "indicator", *regimes, "rare"], rows, n_names=3)


ADVICE = """\
- **`pooled_info`, the default with a target, may be fitted on the rows that it serves.** What its own
  labels cost is below 0.1, mostly within the noise, at every size, with the indicator and without:
  whole columns weigh more in it than the luck of a single value.
- **`mutual_info` must not be paired with `tail_indicator=True`.** The indicator then tells a model which
  values the labels have passed over. That loses 0.2 at 10 % of the columns, and 0.6 to 0.7 at 25 %,
  where rare values get slots. Without the indicator the loss is 0.14 at most. `gini` and `fisher` were
  not measured; they look at single values too, so treat them alike.
- **A measure of one's own must draw rare values towards the base rate**, as those here do. Mutual
  information of the plain shares gives every sixth slot at 10 % to a value seen up to three times, and
  loses 0.2 to 0.3 by its own labels there, up to 1.0 with the indicator.
- **`frequency` never looks at a label.** Take it where an encoder serves several targets, where labels
  are few or come late, or where the head must not depend on them at all; it costs much at a tight
  budget ([the study](../benchmarks/study_defaults.md)). `tail_indicator` does it no
  good: it costs 0.1 at 3 %, next to nothing above."""
