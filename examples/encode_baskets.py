"""
How do I encode baskets, lists in cells?
========================================

Cells may be lists, for example a basket of products, the tags of a page, or the last ten clicks. You
need not flatten the lists. The encoding of a cell is the sum over its elements: important products have
slots, all others have buckets, and an empty list is all zeros.
"""

# %%
# The data is 30,000 baskets of a shop with 5,000 products, most of which are rarely bought. Every
# product increases or decreases the probability that the customer comes again.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MultiLabelBinarizer

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.metrics import relative_cross_entropy

rng = np.random.default_rng(0)
n_baskets, n_products = 30_000, 5_000
popularity = 1 / np.arange(10, n_products + 10)
sizes = rng.integers(1, 9, n_baskets)
bought = rng.choice(n_products, sizes.sum(), p=popularity / popularity.sum())
baskets = np.split(bought, np.cumsum(sizes)[:-1])
effect = rng.normal(scale=0.8, size=n_products)
score = np.array([effect[basket].sum() for basket in baskets]) - 0.5
again = (rng.random(n_baskets) < 1 / (1 + np.exp(-score))).astype(int)

X = pd.DataFrame({"basket": [[f"P{product:04}" for product in basket] for basket in baskets]})
print(X.head(4).to_string())

# %%
# Lists in pandas, list columns in polars
# ---------------------------------------
# Both give the same matrix. A row has 1 in the slot of a product, 2 if the product is in the basket
# twice, and ``tail_weight`` in two buckets for every product without a slot.

encoder = HybridHashEncoder(max_features=1000).fit(X, again)
encoded = encoder.transform(X)
from_polars = encoder.transform(pl.DataFrame({"basket": X["basket"].tolist()}))
print("difference:", abs(encoded - from_polars).max())

names = encoder.get_feature_names_out()
third = encoded[[2]].tocoo()
print(pd.Series(third.data, names[third.col]).to_string())

# %%
# Compare the encodings
# ---------------------
# ``MultiLabelBinarizer`` has a column per product, and is the reference. Two common simplifications
# are the whole basket as one text, which rarely occurs twice, and the first product only.

n_train = n_baskets * 2 // 3
past, later = slice(n_train), slice(n_train, None)


def rce(train, test):
    model = LogisticRegression(C=0.3, max_iter=200, tol=1e-3).fit(train, again[past])
    return relative_cross_entropy(again[later], model.predict_proba(test)[:, 1])


def encoded_rce(column, n_columns):
    encoder = HybridHashEncoder(max_features=n_columns)
    train = encoder.fit_transform(column[past], again[past])
    return rce(train, encoder.transform(column[later]))


binarizer = MultiLabelBinarizer(sparse_output=True).fit(X["basket"])
every_product = rce(*(binarizer.transform(X["basket"][rows]) for rows in (past, later)))

columns = {
    "list in a cell": X,
    "first product alone": X["basket"].str[0].to_frame(),
    "basket as one text": X["basket"].str.join(" ").to_frame(),
}
budgets = [100, 300, 1000, 3000]
results = pd.DataFrame(
    {name: [encoded_rce(column, n) for n in budgets] for name, column in columns.items()},
    index=pd.Index(budgets, name="columns"),
)
print(results.round(2).to_string())
print(f"MultiLabelBinarizer, {len(binarizer.classes_):,} columns: {every_product:.2f}")

# %%
# The list is best at every size. In this data every product has an independent effect, so the tail
# has much of the information, and more columns always improve the model. If a few products had most of
# the effect, fewer columns would be enough.

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for (name, curve), colour, marker in zip(
    results.items(), ["#0072B2", "#D55E00", "#666666"], "os^", strict=True
):
    ax.plot(budgets, curve, color=colour, marker=marker, label=name)
ax.axhline(every_product, color="black", linestyle="--", label="MultiLabelBinarizer, all products")
ax.set(xscale="log", xlabel="output columns", ylabel="RCE on later baskets, %")
ax.set_title("Baskets, encoded as lists and in other ways")
ax.set_xticks(budgets, [f"{n:,}" for n in budgets], minor=False)
ax.grid(alpha=0.3)
ax.legend(loc="center right", fontsize="small")
plt.show()

# %%
# The encoding has counts, not shares, so long baskets have more non-zeros than short ones. If that harms
# your model, add ``sklearn.preprocessing.Normalizer`` after the encoder.
