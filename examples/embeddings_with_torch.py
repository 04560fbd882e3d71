"""
How small can an embedding table be?
====================================

Embedding tables have most of the parameters of a recommender. ``HybridHashEmbedding`` has one row per
output column of the encoder: values in the vocabulary (the head) have one row each, and any other value
(the tail) uses the sum of two bucket vectors. This example compares it with the full table, with a head
without buckets, and with hashing alone. It needs PyTorch: ``pip install "hybrid-encoder[torch]"``.
"""

# %%
# The data is 60,000 flights from New York. The target is whether a flight arrived late. A quarter of the
# rows are for testing.

import matplotlib.pyplot as plt
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy
from hybrid_encoder.torch import HybridHashEmbedding

torch.set_num_threads(1)

X, late = load_flights(return_X_y=True)
X, late = X.sample(60_000, random_state=0), late.sample(60_000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, late, random_state=0)
n_values = int(X_train.nunique().sum())
print(f"{n_values:,} values in {X.shape[1]} columns")

# %%
# A small network
# ---------------
# ``encode_indices`` returns the row numbers of the table, which are the input of the layer. The network
# has one vector per column and a hidden layer, and is trained in one pass over the data.

DIM = 8


def network(encoder):
    embedding = HybridHashEmbedding.from_encoder(encoder, DIM)
    return nn.Sequential(
        embedding, nn.Flatten(), nn.Linear(X.shape[1] * DIM, 32), nn.ReLU(), nn.Linear(32, 1)
    )


def train(encoder):
    torch.manual_seed(0)
    model = network(encoder)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    loss = nn.BCEWithLogitsLoss()
    rows = torch.from_numpy(encoder.encode_indices(X_train))
    target = torch.tensor(y_train.to_numpy(), dtype=torch.float32)
    for batch in torch.randperm(len(rows)).split(256):
        optimizer.zero_grad()
        loss(model(rows[batch])[:, 0], target[batch]).backward()
        optimizer.step()
    return model


@torch.no_grad()
def rce(model, encoder):
    probability = torch.sigmoid(model(encoder.encode_indices(X_test))[:, 0])
    return relative_cross_entropy(y_test, probability.numpy())


# %%
# Four tables
# -----------
# All four are settings of the encoder. The full table has one row per value.

encoders = {
    "head and buckets (hybrid)": lambda n: HybridHashEncoder(max_features=n),
    "head alone, tail dropped": lambda n: HybridHashEncoder(max_features=n, n_buckets=0),
    "buckets alone (hashing)": lambda n: HybridHashEncoder(
        max_features=n, top_k=0, n_hashes=1, tail_weight=1
    ),
}
budgets = [60, 125, 250, 500, 1000]


def measure(name, encoder):
    encoder.fit(X_train, y_train)
    model = train(encoder)
    return {"table": name, "parameters": model[0].weight.numel(), "RCE": rce(model, encoder)}


full = measure("full table", HybridHashEncoder(top_k=None, n_buckets=0))
results = pd.DataFrame([measure(name, make(n)) for name, make in encoders.items() for n in budgets])
table = pd.concat([results, pd.DataFrame([full])])
print(table.round(2).to_string(index=False))

# %%
# Result
# ------
# With a seventh of the parameters the RCE is within 0.5 points of the full table, and with a fourteenth
# within 0.7 points.
#
# From 2,000 parameters on, buckets add 0.2 to 0.4 points to the head in this single run. The gain is
# small because the head is ranked by the target and already contains the most informative values. With
# fewer parameters, slots improve the model more than buckets. Hashing alone mixes the informative values
# with all others.

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
curves = results.groupby("table", sort=False)
for (name, curve), colour, marker in zip(curves, ["#0072B2", "#D55E00", "#666666"], "os^", strict=True):
    ax.plot(curve["parameters"], curve["RCE"], color=colour, marker=marker, label=name)
ax.plot(full["parameters"], full["RCE"], "*", color="black", markersize=14, label="full table")
ax.set(xscale="log", xlabel="parameters of the table", ylabel="RCE on test rows, %", ylim=0)
ax.set_title("How small can an embedding table be?")
ax.xaxis.set_major_formatter("{x:,.0f}")
ax.grid(alpha=0.3)
ax.legend(loc="center right", fontsize="small")
plt.show()
