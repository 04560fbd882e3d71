"""Damage of every kind to saved encoders: they refuse to load, or are what they were."""

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
from hybrid_encoder._serialize import document as _portable
from hybrid_encoder._serialize import state as _state
from tests import fuzzing

ROOT = Path(__file__).parents[2]


def outcomes(kind, n):
    """What becomes of each damaged file; those that kill the process are passed over."""
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


# --- States that were altered ---

STATE = fuzzing.encoder().__getstate__()
UNSEALED = {key: value for key, value in STATE.items() if key != "_checksum"}
EARLIER = _state.unsealed(STATE)  # with object arrays in place of packed values
DOCUMENT = json.loads(json.dumps(fuzzing.encoder().to_dict(counts=True)))
JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        float("nan"),
        2**70,
        "",
        "text",
        "float32",
        b"",
        [],
        [[]],
        ["a"],
        {},
        (1,),
        1j,
    ]
) | st.builds(
    np.array,
    st.sampled_from([0, [], [1, 2], [[1.0]], ["a", "b"], [None], [0.5, 1.5, 2.5, 3.5], [-1, 0, 1, 2]]),
    dtype=st.sampled_from([object, None]),
)


def paths(value, path=()):
    """The places of all parts of a state."""
    yield path
    is_container = isinstance(value, dict | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if is_container else ()
    for key, part in inner:
        yield from paths(part, (*path, key))


def at(value, path):
    for part in path:
        value = value[part]
    return value


@st.composite
def altered(draw, original):
    """A state with a part replaced, left out, or changed for another."""
    state = copy.deepcopy(original)
    places = st.sampled_from([path for path in paths(original) if path])
    *above, last = draw(places)
    container = at(state, above)
    how = draw(st.sampled_from(["replace", "leave out", "rename", "swap"]))
    if how == "replace":
        junk = draw(JUNK)
        if isinstance(container, np.ndarray) and container.dtype != object:
            junk = draw(st.sampled_from([0, 1, 7]))
        container[last] = junk
    elif isinstance(container, np.ndarray):
        container[last], container[0] = container[0], container[last]
    elif how == "swap":
        other = draw(st.sampled_from(sorted(container, key=str) if isinstance(container, dict) else [0]))
        container[last], container[other] = container[other], container[last]
    else:
        part = container[last]
        del container[last]
        if how == "rename" and isinstance(container, dict):
            container[str(last)[:-1] + "X"] = part
    return state


def loaded(state):
    found = HybridHashEncoder.__new__(HybridHashEncoder)
    found.__setstate__(state)
    return found


def refusal(load, what):
    """The words in which something is refused; None if it is not."""
    try:
        load(what)
    except ValueError as error:
        return str(error)
    return None


@settings(max_examples=400)
@given(altered(STATE))
def test_an_altered_state(state):
    wrong, _ = fuzzing.fault(lambda: loaded(state), "an altered state")
    assert wrong is None


@settings(max_examples=400)
@given(altered(UNSEALED) | altered(EARLIER))
def test_an_altered_state_without_a_checksum(state):
    words = refusal(loaded, state)
    # What is not fitted has no values that could be others.
    is_fitted = "vocabularies_" in state and "n_slots_" in state
    assert any(known in words for known in fuzzing.WORDS) if words else not is_fitted


@settings(max_examples=400)
@given(altered(DOCUMENT))
def test_an_altered_document(document):
    wrong, _ = fuzzing.fault(lambda: HybridHashEncoder.from_dict(document), "an altered document")
    assert wrong is None


@settings(max_examples=400)
@given(altered({key: value for key, value in DOCUMENT.items() if key != "checksum"}))
def test_an_altered_document_of_another_writer(document):
    if refusal(_portable.checksum_of, document) is None:
        words = refusal(
            HybridHashEncoder.from_dict, document | {"checksum": _portable.checksum_of(document)}
        )
        assert words is None or any(known in words for known in fuzzing.WORDS)


def packed_arrays(value, path=()):
    """The places of the arrays that values are packed into."""
    if isinstance(value, dict) and "forms" in value:
        for name in value:
            yield (*path, name)
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from packed_arrays(part, (*path, key))


PACKED = [path for path in packed_arrays(UNSEALED) if len(at(UNSEALED, path))]


def test_every_kind_of_packed_array_is_damaged():
    assert {path[-1] for path in PACKED} == {"forms", "utf8", "lengths", "integers", "floats"}
    assert {path[0] for path in PACKED} == {"vocabularies_", "_histories", "column_changes_"}


@pytest.mark.parametrize("has_arrow", [True, False], ids=["arrow", "no-arrow"])
@settings(max_examples=400)
@given(st.sampled_from(PACKED), st.data())
def test_damaged_bytes_of_packed_values(has_arrow, path, data):
    if has_arrow:
        pytest.importorskip("pyarrow")
    *above, last = path
    array = at(UNSEALED, path)
    changes = data.draw(
        st.lists(
            st.tuples(st.integers(0, array.nbytes - 1), st.integers(0, 255)), min_size=1, max_size=3
        )
    )
    damaged = array.copy()
    for place, byte in changes:
        damaged.view(np.uint8)[place] = byte
    damaged = damaged[data.draw(st.integers(0, 1)) : len(damaged) - data.draw(st.integers(0, 1))]
    is_same = damaged.tobytes() == array.tobytes()
    for original in (STATE, UNSEALED):
        state = copy.deepcopy(original)
        at(state, above)[last] = damaged
        with pytest.MonkeyPatch.context() as patch:
            if not has_arrow:
                patch.setattr("hybrid_encoder._input.text.pa", None)
            words = refusal(loaded, state)
        if words is None:
            assert is_same
            assert original is STATE
        else:
            assert not is_same or original is UNSEALED
            assert any(known in words for known in fuzzing.WORDS)


def test_every_single_byte_of_a_pickled_value_counts():
    data = pickle.dumps(fuzzing.encoder())
    place = data.index("naïve café".encode())
    for i in range(place, place + len("naïve café".encode())):
        damaged = data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]
        with pytest.raises(ValueError, match=r"checksum does not fit|is no UTF-8"):
            pickle.loads(damaged)
