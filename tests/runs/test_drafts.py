"""Drafts: every version has a number of its own, none is lost to another tab or to a damaged file."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest

from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.runs import drafts as module
from dlviz.runs.drafts import Drafts


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path)


def test_a_number_stands_for_one_content_for_good(drafts: Drafts) -> None:
    id = drafts.new({"v": 0})
    content: dict[int, Any] = {1: {"v": 0}}
    model, place = [1], 0
    chance = random.Random(4)
    for step in range(1, 300):
        act = chance.choice(["write", "write", "undo", "redo", "same"])
        if act == "write":
            number = drafts.write(id, {"v": step})
            assert number not in content
            content[number] = {"v": step}
            model = [*model[: place + 1], number]
            place += 1
        elif act == "same":
            assert drafts.write(id, drafts.read(id)) == model[place]
        else:
            place = max(place - 1, 0) if act == "undo" else min(place + 1, len(model) - 1)
            assert drafts.undo(id) if act == "undo" else drafts.redo(id)
        assert drafts.at(id) == model[place]
        assert drafts.read(id) == content[model[place]]
        assert drafts.can_undo(id) == (place > 0)
        assert drafts.can_redo(id) == (place + 1 < len(model))
    again = Drafts(drafts.folder.parent)  # after a restart of the server
    assert [again.undo(id) for _ in range(place)] == [content[number] for number in reversed(model[:place])]
    assert [again.redo(id) for _ in model[1:]] == [content[number] for number in model[1:]]
    numbers = {int(path.stem) for path in (drafts.folder / id).glob("[0-9]*.json")}
    assert numbers == set(model), "what nothing reaches takes no room"


def test_what_is_filled_in_is_no_step(drafts: Drafts) -> None:
    id = drafts.new({"data": 1})
    drafts.write(id, {"data": 2})
    drafts.undo(id)
    drafts.fill(id, 1, {"data": 1, "task": "follows"})
    assert drafts.read(id) == {"data": 1, "task": "follows"} and drafts.at(id) == 1
    assert not drafts.can_undo(id) and drafts.redo(id) == {"data": 2}
    with pytest.raises(WrongInput):
        drafts.fill(id, 9, {})


def test_a_long_history_has_a_short_record(drafts: Drafts) -> None:
    id = drafts.new({"v": 0})
    for number in range(400):
        drafts.write(id, {"v": number})
    assert (drafts.folder / id / "head.json").stat().st_size < 100


def test_drafts_of_before_open(drafts: Drafts) -> None:
    for number in (1, 2, 3):
        write_json(drafts.folder / "old" / f"{number}.json", {"v": number})
    write_json(drafts.folder / "old" / "head.json", {"at": 2, "top": 3})
    assert drafts.at("old") == 2 and drafts.read("old") == {"v": 2}
    assert drafts.redo("old") == {"v": 3}
    assert drafts.undo("old") == {"v": 2}
    assert drafts.write("old", {"v": 9}) == 4, "3 has been another content"
    assert drafts.undo("old") == {"v": 2}


def test_versions_with_a_title_stay(drafts: Drafts) -> None:
    id = drafts.new({"v": 0})
    number = drafts.write(id, {"v": 1})
    one = drafts.keep(id, "  With a\n shortcut ")
    assert (one.number, one.title) == (number, "With a shortcut") and one.when > 1e9
    drafts.undo(id)
    drafts.write(id, {"v": 2})
    assert drafts.version(id, number) == {"v": 1}, "out of undo's reach, and still there"
    drafts.keep(id, "Plain", 1)
    drafts.keep(id, "Shortcut", number)
    assert [(kept.number, kept.title) for kept in drafts.kept(id)] == [(1, "Plain"), (number, "Shortcut")]
    drafts.drop(id, 1)
    drafts.drop(id, number)
    assert drafts.kept(id) == []
    assert drafts.version(id, 1) == {"v": 0}, "undo still leads there"
    with pytest.raises(WrongInput, match=f"Version {number} .* gone"):
        drafts.version(id, number)


@pytest.mark.parametrize("title", ["", " \n", "x" * 81])
def test_a_title_is_a_short_line(drafts: Drafts, title: str) -> None:
    id = drafts.new({"v": 0})
    with pytest.raises(WrongInput, match="1 to 80"):
        drafts.keep(id, title)
    with pytest.raises(WrongInput, match="gone"):
        drafts.keep(id, "nothing", 7)


def test_titles_have_an_end(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    id = drafts.new({"v": 0})
    for number in (1, 2, 3):
        drafts.write(id, {"v": number})
    drafts.keep(id, "a", 1)
    drafts.keep(id, "b", 2)
    drafts.keep(id, "b again", 2)
    with pytest.raises(WrongInput, match="at most 2"):
        drafts.keep(id, "c", 3)


def test_tabs_that_write_at_once_lose_nothing(drafts: Drafts) -> None:
    id = drafts.new({"marks": []})

    def tab(name: int) -> None:
        own = Drafts(drafts.folder.parent)
        for number in range(25):
            own.change(id, lambda shown: {"marks": [*shown["marks"], [name, number]]})  # noqa: B023

    tabs = [threading.Thread(target=tab, args=(name,)) for name in range(4)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    marks = drafts.read(id)["marks"]
    assert len(marks) == 100 and all([name, 24] in marks for name in range(4))
    assert drafts.at(id) == 101
    assert all(len(drafts.undo(id)["marks"]) == length for length in range(99, -1, -1))


def test_an_edit_of_what_is_no_longer_shown_is_refused(drafts: Drafts) -> None:
    id = drafts.new({"v": 0})
    at = drafts.at(id)
    assert drafts.change(id, lambda shown: {"v": shown["v"] + 1}, at) == (2, {"v": 1})
    with pytest.raises(WrongInput, match="changed elsewhere"):
        drafts.change(id, lambda shown: {"v": 9}, at)
    with pytest.raises(ZeroDivisionError):
        drafts.change(id, lambda shown: {"v": 1 // 0})
    assert drafts.read(id) == {"v": 1} and drafts.at(id) == 2
    assert drafts.change(id, lambda shown: shown) == (2, {"v": 1}), "unchanged, no version"


HEADS = [
    *(b"", b"null", b"[]", b"{" * 10**5, bytes(40)),
    *(b'{"at": 9, "top": 3}', b'{"at": "a"}', b'{"at": true, "top": 3}'),
    *(b'{"at": 1, "ways": [[2, 1]]}', b'{"at": 1, "ways": [[1, 2], [2, 3]]}', b'{"at": 1, "ways": [[1]]}'),
]


@pytest.mark.parametrize("content", HEADS, ids=range(len(HEADS)))
def test_a_damaged_head_loses_no_version(drafts: Drafts, content: bytes) -> None:
    id = drafts.new({"v": 1})
    for number in (2, 3):
        drafts.write(id, {"v": number})
    (drafts.folder / id / "head.json").write_bytes(content)
    (drafts.folder / id / "kept.json").write_bytes(content)
    assert drafts.read(id) == {"v": 3} and drafts.kept(id) == []
    assert drafts.undo(id) == {"v": 2}
    assert read_json(drafts.folder / id / "head.json") == {"at": 2, "ways": [[1, 3]]}
    assert drafts.write(id, {"v": 4}) == 4


def test_a_damaged_version_is_passed_by(drafts: Drafts) -> None:
    id = drafts.new({"v": 1})
    for number in (2, 3):
        drafts.write(id, {"v": number})
    (drafts.folder / id / "2.json").write_bytes(b'{"v":')
    assert drafts.undo(id) == {"v": 1}
    assert drafts.redo(id) == {"v": 3}
    (drafts.folder / id / "3.json").write_bytes(b"")
    with pytest.raises(WrongInput, match="Version 3 .* damaged. Undo"):
        drafts.read(id)
    with pytest.raises(WrongInput, match="damaged"):
        drafts.change(id, lambda shown: {**shown, "w": 1})
    assert drafts.write(id, {"v": 5}) == 4, "a whole new document needs none before it"
    (drafts.folder / id / "head.json").write_bytes(b"")
    for number in (1, 4):
        (drafts.folder / id / f"{number}.json").write_bytes(b"\xff")
    with pytest.raises(WrongInput, match="none of its versions"):
        drafts.read(id)


def test_there_is_no_draft(drafts: Drafts) -> None:
    for use in (drafts.at, drafts.read, drafts.undo, lambda id: drafts.write(id, {}), lambda id: drafts.keep(id, "x")):
        with pytest.raises(WrongInput, match="no draft nowhere"):
            use("nowhere")
    assert not (drafts.folder / "nowhere").exists()
