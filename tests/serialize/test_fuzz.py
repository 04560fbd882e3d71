"""Damaged files are refused, or load as the same encoder.

Whoever alters a file on purpose can also write a new checksum; such files are not tested.
"""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize.state import CHECKSUM_KEY
from tests import fuzzing
from tests.sample import from_state
from tests.serialize.nested import at, paths

ROOT = Path(__file__).parents[2]


# --- Bytes of files ---


def outcomes(kind, n):
    """The result of every damaged file; those that end the process are left out."""
    found, start = [], 0
    while True:
        command = [sys.executable, "-W", "ignore", "-m", "tests.fuzzing", kind, str(n), str(start)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        assert lines, done.stderr
        found += [line.split(" ", 1)[1] for line in lines if "\t" in line]
        if done.returncode == 0:
            return found
        assert done.returncode < 0, done.stderr
        start += len(lines)


@pytest.mark.parametrize(("kind", "n"), [("pickle", 16), ("skops", 8)])
def test_damaged_files(kind, n):
    if kind == "skops":
        pytest.importorskip("skops")
    found = outcomes(kind, n)
    assert len(found) > 200
    assert set(found) == {"None\tTrue", "None\tFalse"}
    assert found.count("None\tTrue") < len(found) / 10


@pytest.mark.parametrize("counts", [False, True])
def test_damaged_json(counts):
    data = json.dumps(fuzzing.encoder().to_dict(counts=counts), ensure_ascii=False).encode()
    faults = []
    for what, damaged in fuzzing.damages(data, 100, seed=0):
        try:
            document = json.loads(damaged)
        except ValueError:
            continue
        wrong, _ = fuzzing.fault(lambda document=document: HybridHashEncoder.from_dict(document), what)
        faults += [wrong] if wrong else []
    assert faults == []


def test_every_byte_of_a_pickled_text_is_checked():
    data = pickle.dumps(fuzzing.encoder())
    text = "naïve café".encode()
    place = data.index(text)
    for i in range(place, place + len(text)):
        damaged = data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]
        with pytest.raises(ValueError, match="its checksum does not fit"):
            pickle.loads(damaged)


# --- Parts of states and documents ---

STATE = fuzzing.encoder().__getstate__()
DOCUMENT = json.loads(json.dumps(fuzzing.encoder().to_dict(counts=True)))
JUNK = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, float("nan"), 2**70, 10**400, 1j),
        *("", "text", "float32", b"", [], [[]], ["a"], {}, (1,)),
    ]
)
ARRAYS = st.builds(
    np.array,
    st.sampled_from([0, [], [1, 2], [[1.0]], ["a", "b"], [None], [0.5, 1.5, 2.5, 3.5], [-1, 0, 1, 2]]),
    dtype=st.sampled_from([object, None]),
)


@st.composite
def altered(draw, original, junk):
    """A state with a part replaced, left out, renamed, or exchanged with another."""
    state = copy.deepcopy(original)
    *above, last = draw(st.sampled_from([path for path in paths(original) if path]))
    container = at(state, above)
    how = draw(st.sampled_from(["replace", "leave out", "rename", "exchange"]))
    if how == "replace":
        is_array = isinstance(container, np.ndarray) and container.dtype != object
        container[last] = draw(st.sampled_from([0, 1, 7]) if is_array else junk)
    elif isinstance(container, np.ndarray):
        container[last], container[0] = container[0], container[last]
    elif how == "exchange":
        other = draw(st.sampled_from(sorted(container, key=str) if isinstance(container, dict) else [0]))
        container[last], container[other] = container[other], container[last]
    else:
        part = container[last]
        del container[last]
        if how == "rename" and isinstance(container, dict):
            container[str(last)[:-1] + "X"] = part
    return state


@settings(max_examples=400)
@given(altered(STATE, JUNK | ARRAYS))
def test_an_altered_state(state):
    wrong, _ = fuzzing.fault(lambda: from_state(state), "an altered state")
    assert wrong is None


@settings(max_examples=400)
@given(altered(DOCUMENT, JUNK))
def test_an_altered_document(document):
    wrong, _ = fuzzing.fault(lambda: HybridHashEncoder.from_dict(document), "an altered document")
    assert wrong is None


@settings(max_examples=100)
@given(altered(STATE, JUNK | ARRAYS))
def test_a_state_without_a_checksum_is_refused(state):
    state.pop(CHECKSUM_KEY, None)
    with pytest.raises(ValueError, match="|".join(fuzzing.WORDS)):
        from_state(state)


def packed_arrays(value):
    """The paths of the arrays that values are packed into."""
    for path in paths(value):
        if path and isinstance(at(value, path[:-1]), dict) and "forms" in at(value, path[:-1]):
            yield path


PACKED = [path for path in packed_arrays(STATE) if len(at(STATE, path))]


def test_packed_arrays_of_every_kind_are_damaged():
    assert {path[-1] for path in PACKED} == {"forms", "utf8", "lengths", "integers", "floats"}
    assert {path[0] for path in PACKED} == {"_fitted", "column_changes_"}
    assert {"head", "counts"} <= {path[3] for path in PACKED if path[:2] == ("_fitted", "columns")}


@settings(max_examples=400)
@given(st.sampled_from(PACKED), st.data())
def test_damaged_bytes_of_packed_arrays(path, data):
    array = at(STATE, path)
    change = st.tuples(st.integers(0, array.nbytes - 1), st.integers(0, 255))
    damaged = array.copy()
    for place, byte in data.draw(st.lists(change, min_size=1, max_size=3)):
        damaged.view(np.uint8)[place] = byte
    damaged = damaged[data.draw(st.integers(0, 1)) : len(damaged) - data.draw(st.integers(0, 1))]
    state = copy.deepcopy(STATE)
    at(state, path[:-1])[path[-1]] = damaged
    if damaged.tobytes() == array.tobytes():
        assert fuzzing.output_of(from_state(state)) == fuzzing.EXPECTED
    else:
        with pytest.raises(ValueError, match="its checksum does not fit"):
            from_state(state)
