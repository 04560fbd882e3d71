"""Tables for tests of saved encoders."""

from hypothesis import strategies as st

from tests.test_invariants import FLOATS, TEXTS

INTEGERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 0, 1])
UNSIGNED = st.integers(2**63, 2**64 - 1)
WIDE = st.floats(allow_nan=False) | st.sampled_from([2.0**60, 2.0**64, 1e300, -0.0, float("inf")])
KINDS = st.sampled_from([TEXTS, INTEGERS, UNSIGNED, WIDE, FLOATS, st.booleans(), INTEGERS | WIDE])


@st.composite
def tables(draw):
    """A few columns, also of lists, with numbers that not every reader of JSON keeps exactly."""
    columns = {}
    for number in range(draw(st.integers(1, 3))):
        cells = st.none() | draw(KINDS)
        if draw(st.booleans()):
            cells = st.lists(cells, max_size=3)
        columns[f"c{number}"] = draw(st.lists(cells, min_size=12, max_size=12))
    return columns
