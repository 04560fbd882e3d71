import pytest

from hybrid_encoder._transaction import all_or_nothing


class Box:
    kept = "of the class"

    def __init__(self):
        self.one, self.other = [1], "other"


def replace(box):
    box.one = [2]


def add(box):
    box.more = 3


def remove(box):
    del box.other


def everything(box):
    replace(box)
    add(box)
    remove(box)


CHANGES = [replace, add, remove, everything]


def fail(box, change, error):
    """Change something, and fail."""
    with all_or_nothing(box):
        change(box)
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("change", CHANGES)
def test_a_failure_leaves_everything_as_it_was(change, error):
    box = Box()
    one, before = box.one, dict(vars(box))
    with pytest.raises(error):
        fail(box, change, error)
    assert vars(box) == before
    assert list(vars(box)) == list(before)
    assert box.one is one


@pytest.mark.parametrize("change", CHANGES)
def test_a_success_stays(change):
    box, expected = Box(), Box()
    change(expected)
    with all_or_nothing(box):
        change(box)
    assert vars(box) == vars(expected)


def succeed(box):
    with all_or_nothing(box):
        everything(box)


def test_an_outer_failure_undoes_an_inner_success():
    box = Box()
    with pytest.raises(KeyError):
        fail(box, succeed, KeyError)
    assert vars(box) == vars(Box())


def test_an_inner_failure_that_is_caught_undoes_the_inner_alone():
    box = Box()
    with all_or_nothing(box):
        box.one = [7]
        with pytest.raises(KeyError):
            fail(box, everything, KeyError)
    assert vars(box) == {"one": [7], "other": "other"}
