"""All or nothing: an object that a failed call has left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def all_or_nothing(changed: object) -> Iterator[None]:
    """Undo what was done to an object's attributes, if what follows fails.

    Attributes must be replaced, not changed in place: only which objects they were is remembered.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> account = SimpleNamespace(balance=10)
    >>> with all_or_nothing(account):
    ...     account.balance = 0
    ...     raise ValueError("no such payee")
    Traceback (most recent call last):
        ...
    ValueError: no such payee
    >>> account.balance
    10
    """
    before = dict(changed.__dict__)
    try:
        yield
    except BaseException:
        changed.__dict__.clear()
        changed.__dict__.update(before)
        raise
