import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.counts import count
from hybrid_encoder._fit.slots import head_values, seated
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._partial_fit.update import revised_values, slots_of
from hybrid_encoder._transform import vocabulary as _vocabulary
from hybrid_encoder._transform.vocabulary import Vocabulary, vocabularies_of


def objects(values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


@pytest.mark.parametrize(
    ("values", "order", "dtype"),
    [
        (["a", "b"], [1, 0], object),
        ([5, 7], [1, 0], np.int64),
        ([5.0, 7.0], [1, 0], np.int64),
        ([True, False], [0, 1], np.int64),
        ([0.5, 7.0], [0, 1], np.float64),
        ([2**63, 1], [0, 1], np.uint64),
        ([2**63, -1], [0, 1], object),
    ],
)
def test_head_values(values, order, dtype):
    counts = count(read_column(objects(values), "c"))
    counted = [*_text.objects(counts.values).tolist(), None]
    head = head_values(counts, np.array([counted.index(values[i]) for i in order]))
    assert head.dtype == dtype
    assert head.tolist() == [values[i] for i in order]


@pytest.mark.parametrize("values", [[5, None], [5.0, None], [0.5, None], ["a", None]])
def test_missing_has_its_place_in_the_head(values):
    counts = count(read_column(objects(values), "c"))
    missing, value = head_values(counts, np.array([1, 0])).tolist()
    assert missing is None
    assert repr(value) == repr(5 if values[0] == 5 else values[0])


@pytest.mark.parametrize("size", [1, 10, 1000], ids=lambda size: f"batch-{size}")
@pytest.mark.parametrize("n_slots", [0, 3, 300])
@pytest.mark.parametrize("kind", ["text", "number"])
@pytest.mark.parametrize("missing_slot", [-1, 0, 1])
def test_slots_in_batches_of_every_size(kind, n_slots, size, missing_slot, without_arrow):
    head = [f"v{i}" for i in range(n_slots)] if kind == "text" else list(range(n_slots))
    if missing_slot >= 0 and n_slots:
        head.insert(missing_slot, None)
    wanted = [i * 7 % (2 * n_slots + 1) for i in range(size)]
    values = [f"v{i}" for i in wanted] if kind == "text" else wanted
    vocabulary = Vocabulary(objects(head), kind)
    assert vocabulary.missing_slot == (missing_slot if n_slots else -1)
    column = read_column(objects(values), "c")
    expected = [head.index(value) if value in head else -1 for value in values]
    found = vocabulary.slots(column.values)
    assert found.tolist() == expected
    assert found.dtype == np.int32
    assert [vocabulary.slot_of(value) for value in values] == expected


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.float64, object])
def test_numbers_are_found_whatever_their_dtype(dtype):
    vocabulary = Vocabulary(np.array([3, 5]), "number")
    for times in (1, 100):
        found = vocabulary.slots(np.array([5, 4, 3] * times, dtype=dtype))
        assert found.tolist() == [1, -1, 0] * times


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=80),
    st.booleans(),
)
def test_all_ways_to_look_texts_up_agree(texts, with_missing):
    if _text.pa is None:
        pytest.skip("pyarrow is not installed")
    head = [*sorted(set(texts[::2])), "in the head"]
    if with_missing:
        head.insert(len(head) // 2, None)
    vocabulary = Vocabulary(objects(head), "text")
    values = _text.pa.array([*texts, None] * 65, _text.pa.large_string())
    expected = [head.index(text) if text in head else -1 for text in texts] + [-1]
    for worth_a_table, worth_fingerprints in ((1e9, 1e9), (1e9, 0), (0, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_vocabulary, "_WORTH_A_TABLE", worth_a_table)
            patch.setattr(_vocabulary, "_WORTH_FINGERPRINTS", worth_fingerprints)
            found = vocabulary.slots(values)
        # What is missing is the caller's to know.
        found = np.where(values.is_null(), -1, found)
        assert found.tolist() == expected * 65


def test_a_vocabulary_serves_again_where_its_values_are_the_same():
    heads = [np.array([3, 5]), np.array([3, 5]), objects([None]), objects(["a"])]
    before = [Vocabulary(head, "number") for head in (heads[0], heads[1].copy())]
    before.append(Vocabulary(heads[2], None))
    found = vocabularies_of(heads, ["number", "number", "text", "text"], before)
    assert [new is old for new, old in zip(found, before)] == [True, False, False]
    assert all(new.values is head for new, head in zip(found, heads, strict=True))
    assert [new.kind for new in found] == ["number", "number", "text", "text"]


def test_a_column_of_nothing_but_missing_values():
    vocabulary = Vocabulary(objects([None]), None)
    assert vocabulary.missing_slot == 0
    assert vocabulary.slots(np.zeros(2)).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("values", "slots", "newcomers", "kind", "expected", "dtype"),
    [
        (["a", "b"], [1], ["c"], "text", ["a", "c"], object),
        (["a"], [2, 0, 1], ["x", "y", "z"], "text", ["y", "z", "x"], object),
        ([], [0], ["x"], "text", ["x"], object),
        ([], [], [], "text", [], object),
        ([], [], [], "number", [], np.int64),
        (["a", "b"], [0], [None], "text", [None, "b"], object),
        ([None], [1], ["a"], "text", [None, "a"], object),
        ([None], [1], [5], "number", [None, 5], object),
        ([7, None], [1], [5], "number", [7, 5], np.int64),
        ([7, 5], [0], [None], "number", [None, 5], object),
        ([7, 5], [1], [2**63], "number", [7, 2**63], np.uint64),
        ([7, -5], [0], [2**63], "number", [2**63, -5], object),
        ([7, 5], [2], [0.5], "number", [7, 5, 0.5], np.float64),
    ],
)
def test_a_vocabulary_in_which_slots_have_changed_hands(values, slots, newcomers, kind, expected, dtype):
    def head(values):
        is_plain = kind == "number" and None not in values and values
        return np.array(values) if is_plain else objects(values)

    before = head(values)
    found = revised_values(before, np.array(slots, dtype=int), head(newcomers), kind)
    assert found.tolist() == expected
    assert found.dtype == dtype
    assert before.tolist() == values
    vocabulary = Vocabulary(found, kind)
    assert vocabulary.missing_slot == (expected.index(None) if None in expected else -1)


def test_without_changes_a_vocabulary_is_the_same():
    values = np.array([3, 5])
    assert revised_values(values, np.array([], dtype=int), np.array([]), "number") is values


@pytest.mark.parametrize("values", [["a", "b", None, "c"], [3, 5, None, 7], [0.5, 2**60, None, -1]])
@pytest.mark.parametrize("order", [[], [2], [3, 1], [1, 3, 0], [0, 1, 2, 3]])
def test_slots_by_order_and_by_vocabulary_agree(values, order, without_arrow):
    counts = count(read_column(objects(values), "c"))
    slots = seated(np.array(order, dtype=int), counts.n_values)
    assert slots.tolist() == [order.index(i) if i in order else -1 for i in range(4)]
    head = head_values(counts, np.array(order, dtype=int))
    assert slots_of(counts, Vocabulary(head, counts.kind)).tolist() == slots.tolist()


def test_slots_of_counts_of_nothing():
    counts = count(read_column(objects([None, None]), "c"))
    assert slots_of(counts, Vocabulary(objects([None]), None)).tolist() == [0]
    assert slots_of(counts, Vocabulary(objects(["a"]), "text")).tolist() == [-1]
