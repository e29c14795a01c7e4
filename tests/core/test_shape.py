"""Shapes that say what they hold are never taken for plain ones."""

from __future__ import annotations

import copy
import pickle

from dlviz.core.shape import Flags, Ids, content
from dlviz.core.values import Tokens


def test_what_flows_is_told_apart_even_where_the_sizes_are_equal() -> None:
    plain, ids, mask = (5,), Ids((5,), 9), Flags((5,))
    assert len({plain, ids, mask, Ids((5,), 8)}) == 4
    for one in (plain, ids, mask):
        for other in (plain, ids, mask):
            assert (one == other) is (one is other)
            assert (one != other) is (one is not other)
    assert ids == Ids([5], 9) and hash(ids) == hash(Ids([5], 9)) and mask == Flags([5])
    assert (ids,) != (plain,), "as a key of what is remembered by shape"
    assert [content(shape) for shape in (plain, ids, mask)] == ["numbers", "ids", "mask"]


def test_a_copy_is_the_same() -> None:
    for shape in (Ids((2, 3), 7), Flags((4,))):
        for again in (copy.copy(shape), copy.deepcopy(shape), pickle.loads(pickle.dumps(shape))):
            assert again == shape and type(again) is type(shape) and repr(again) == repr(shape)


def test_text_enters_as_ids() -> None:
    assert Tokens(vocabulary=("[pad]", "[unk]", "a"), length=6).shape() == Ids((6,), 3)
