import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._serialize.canonical_json import canonical


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # Those of RFC 8785, appendix B.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992, "9007199254740992"),
        (-9007199254740992, "-9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (999999999999999900000.0, "999999999999999900000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.33333329, "333333333.3333333"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        # An integer beyond 2**53 is the float next to it.
        (18446744073709551616, "18446744073709552000"),
        (2**53 + 1, "9007199254740992"),
        (120, "120"),
        (1e300, "1e+300"),
        (1.5e-7, "1.5e-7"),
    ],
)
def test_numbers(number, text):
    assert canonical(number) == text
    assert canonical([number, None]) == f"[{text},null]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None, "x"]}, '{"a":[true,false,null,"x"],"b":1}'),
        ({"\U0001f600": 1, "\ufb33": 2, "€": 3, "1": 4}, '{"1":4,"€":3,"\U0001f600":1,"\ufb33":2}'),
        ('\u20ac$\u000f\nA\'\u0042"\\\\"/\x7f', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"'),
        ([[], {}, ""], '[[],{},""]'),
    ],
)
def test_text_and_members(value, text):
    assert canonical(value) == text


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), [-float("inf")], 10**400, {1: 2}, {"a": object()}, [b""], ["\udc80"]],
)
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="JSON has no"):
        canonical(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**80), 2**80)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abé\U0001f600\ufb33-"), inner),
)
STRINGIFY = """
const sorted = (v) => Array.isArray(v) ? v.map(sorted) : v && typeof v === "object"
  ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])) : v;
let text = "";
process.stdin.on("data", (part) => (text += part)).on("end", () =>
  process.stdout.write(JSON.parse(text).map((v) => JSON.stringify(sorted(v))).join("\\n")));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_it_is_what_javascript_writes():
    values = []

    @given(JSON)
    def collect(value):
        values.append(value)

    collect()
    command = ["node", "-e", STRINGIFY]
    found = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout
    assert found.split("\n") == [canonical(value) for value in values]


@given(JSON)
def test_it_says_the_same(value):
    as_floats = json.loads(json.dumps(value), parse_int=float)
    assert json.loads(canonical(value), parse_int=float) == as_floats
