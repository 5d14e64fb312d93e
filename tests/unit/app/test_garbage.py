"""How often Python looks for garbage."""

import gc
from collections.abc import Iterator

import pytest

from dastak.app.garbage import OLDER, YOUNG, look_rarely


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """It is a setting of the whole process."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Knot:
    """Something in a cycle with itself."""

    def __init__(self) -> None:
        self.me = self


def test_what_exists_is_set_aside_and_new_cycles_are_still_found() -> None:
    gc.collect()
    look_rarely()
    assert gc.get_threshold() == (YOUNG, OLDER, OLDER)
    assert gc.get_freeze_count() > 0
    Knot()
    assert gc.collect() >= 1
