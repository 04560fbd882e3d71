"""Load damaged files of encoders, and report those that are not refused.

``python -m tests.fuzzing KIND N START`` does so in a separate process with a limit on memory, as damaged
pickles may request any amount of it, or crash.
"""

import importlib
import io
import pickle
import random
import sys
import traceback
import zipfile
from pathlib import Path

from hybrid_encoder import HybridHashEncoder
from tests.conftest import array

X = array(
    {
        "text": ["US", "FR", "US", None, "naïve café", "日本語", "a\0😀", ""],
        "integer": [3, 2**60, 3, None, -1, 7, 3, 2**63],
        "float": [0.5, None, 0.5, 1e300, 0.1, -2.0, 0.5, 0.1],
        "lists": [["a", "b"], [], ["b", "b"], None, ["c"], [None, "a"], ["d"], ["a"]],
    }
)
WORDS = ("the file is damaged or was altered", "in format version")
TRUSTED = ["hybrid_encoder._encoder.HybridHashEncoder"]


def encoder():
    fitted = HybridHashEncoder(top_k=3, n_buckets=5, tail_indicator=True, seed=42)
    return fitted.partial_fit(X[:3], [0, 1, 0]).partial_fit(X, [0, 1, 0, 1, 0, 1, 0, 1])


def output_of(found):
    """Parameters, encoded rows, names and report of an encoder."""
    encoded = found.transform(X)
    return (
        found.get_params(),
        [part.tobytes() for part in (encoded.data, encoded.indices, encoded.indptr)],
        found.get_feature_names_out().tolist(),
        found.report().to_json(),
    )


EXPECTED = output_of(encoder())


def fault(load, what):
    """Why it is wrong how a damaged encoder loads (None if it is not), and whether it loads.

    It must raise a ValueError that says that the file is damaged, or be the same encoder. Errors of
    pickle, skops and zipfile, raised before any code of the package runs, are correct too.
    """
    try:
        found = load()
    except Exception as error:
        inside = any("/hybrid_encoder/" in f.filename for f in traceback.extract_tb(error.__traceback__))
        is_refusal = isinstance(error, ValueError) and any(words in str(error) for words in WORDS)
        if inside and not is_refusal:
            return f"{what}: {error!r}", False
        return None, False
    try:
        shown = output_of(found)
    except Exception:
        return None, False  # not an encoder, or one without a state
    return (None, True) if shown == EXPECTED else (f"{what}: it is a different encoder", True)


def damages(data, n, seed):
    """Ways to damage bytes, each with the damaged bytes."""
    draw = random.Random(seed)
    for _ in range(n):
        place, size = draw.randrange(len(data)), draw.randint(1, 4)
        byte = bytes([draw.randrange(256)])
        yield f"cut at {place}", data[:place]
        yield f"bit of {place}", data[:place] + bytes([data[place] ^ 1 << size]) + data[place + 1 :]
        yield f"{byte} at {place}", data[:place] + byte + data[place + 1 :]
        yield f"{size} bytes less at {place}", data[:place] + data[place + size :]
        yield f"{byte} more at {place}", data[:place] + byte * size + data[place:]
        other = draw.randrange(len(data))
        part = data[other : other + 8]
        yield f"{part} at {place}", data[:place] + part + data[place + len(part) :]


def damaged_pickles(n):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(encoder(), protocol)
        for what, damaged in damages(data, n, seed=protocol):
            yield f"protocol {protocol}, {what}", lambda damaged=damaged: pickle.loads(damaged)


def damaged_skops(n):
    import skops.io

    data = skops.io.dumps(encoder())
    for what, damaged in damages(data, n // 4, seed=0):
        yield what, lambda damaged=damaged: skops.io.loads(damaged, trusted=TRUSTED)
    # The archive has checksums, so also damage its members and write a valid archive.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, member in members.items():
        for what, damaged in damages(member, n if name == "schema.json" else 2, seed=1):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                for other, content in members.items():
                    archive.writestr(other, damaged if other == name else content)
            again = stream.getvalue()
            yield f"{name}, {what}", lambda again=again: skops.io.loads(again, trusted=TRUSTED)


def bound_memory():
    """Limit the memory of the process to half a gigabyte more than it has, on Linux."""
    size = Path("/proc/self/statm")
    if size.exists():
        import resource

        now = int(size.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + 2**29, resource.RLIM_INFINITY))


def main(kind, n, start):
    """Print the number of every case before it is tried, then the result of `fault`."""
    damaged = damaged_pickles if kind == "pickle" else damaged_skops
    if kind == "skops":
        importlib.import_module("skops.io")  # its import takes much of the memory
    bound_memory()
    for number, (what, load) in enumerate(damaged(n)):
        if number >= start:
            print(number, end=" ", flush=True)
            print(*fault(load, what), sep="\t", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
