"""A concept of one's own: what it is called, and what shows it: examples that one clicks, a class, or pictures."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO

import streamlit as st

from dlviz.core.choice import Known
from dlviz.core.files import write_bytes
from dlviz.core.problems import WrongInput
from dlviz.core.values import Image, Value
from dlviz.runs.home import home
from dlviz.training.folder import RunFolder
from dlviz.ui import words
from dlviz.ui.gallery import gallery, parts
from dlviz.ui.picker import several

#: The settings that say what the concept is.
SETTINGS = ("name", "concept", "part", "members", "path")
#: So many pictures make a concept at most, and so many bytes.
_MOST, _BYTES = 300, 64 * 2**20
#: So many examples are shown at first, and of those left out so many are named.
_SHOWN, _NAMED = 33, 5
#: A picture is looked at in so many pixels a side, to see whether it can be read to its end.
_LOOK = 32
_WAYS = {"concept": "Examples", "members": "A class", "path": "Pictures of my own"}

#: The settings that a way gives, and what is lacking still.
Shown = tuple[dict[str, Any], str | None]


def form(run: RunFolder, now: dict[str, Any], known: Known, key: str) -> tuple[dict[str, Any], str | None]:
    """The fields. Returns the settings `now` with what was chosen in them, and what is lacking, in a sentence."""
    new = {name: value for name, value in now.items() if name not in SETTINGS}
    name = st.text_input(
        "What is the concept called?", value=now.get("name", ""), max_chars=60, key=f"{key}.name",
        placeholder="stripes, say, or a beard, or long words",
    ).strip()  # fmt: skip
    if name:
        new["name"] = name
    here = parts(run)
    ways = {
        "concept": bool(here),
        "members": bool(known.get("class")),
        "path": bool(here) and isinstance(gallery(run, here[0]).inputs.kind, Image),
    }
    free = [way for way, there in ways.items() if there]
    if not free:
        return new, "This run keeps no examples by which a concept could be shown."
    way = st.segmented_control(
        "What shows it?", free, default=next((way for way in free if now.get(way)), free[0]), required=True,
        key=f"{key}.way", format_func=_WAYS.__getitem__,
    )  # fmt: skip
    if way == "concept":
        shown, lacks = _examples(run, now, key)
    elif way == "members":
        shown, lacks = _members(now, [str(choice.value) for choice in known["class"]], key)
    else:
        shown, lacks = _pictures(now, key)
    return new | shown, lacks


def _examples(run: RunFolder, now: dict[str, Any], key: str) -> Shown:
    """Examples of the gallery, to be clicked."""
    here = parts(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        part = str(
            st.segmented_control(
                "Part of the data",
                here,
                key=f"{key}.part",
                required=True,
                format_func=str.capitalize,
                default=now["part"] if now.get("part") in here else here[0],
            )  # fmt: skip
        )
        found = gallery(run, part)
        of = _class(found.classes, key) if found.classes else None
    kept, more = f"{key}.{part}.chosen", f"{key}.{part}.{of}.more"
    chosen = set(st.session_state.setdefault(kept, now.get("concept", []) if now.get("part") == part else []))
    places = [at for at, entry in enumerate(found.entries) if of is None or entry["target"] == of]
    shown = places if st.session_state.get(more) else places[:_SHOWN]
    ids = [int(found.entries[at]["index"]) for at in shown]

    def pick(picked: list[int]) -> None:
        st.session_state[kept] = sorted(chosen - set(ids) | set(picked))

    several(
        Value(found.inputs.kind, found.inputs.data[shown]), [found.words(at) for at in shown], ids=ids, pick=pick,
        key=f"{key}.{part}.{of}.picker", label="Examples that show the concept", heads=found.heads(), chosen=chosen,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        lacks = _tally(len(chosen))
        if len(shown) < len(places) and st.button(f"Show all {len(places)}", key=f"{more}~button", type="tertiary"):
            st.session_state[more] = True
            st.rerun(scope="fragment")
        if chosen:
            st.button("Choose none", key=f"{kept}.none", type="tertiary", on_click=pick_none, args=(kept,))
    return ({"part": part, "concept": sorted(chosen)} if chosen else {}), lacks


def pick_none(kept: str) -> None:
    """Let go all that was chosen."""
    st.session_state[kept] = []


def _class(classes: Sequence[str], key: str) -> int | None:
    """The class whose examples are shown; None: all."""
    return st.selectbox(
        "Show", range(len(classes)), index=None, key=f"{key}.of", placeholder="all classes", width=220,
        format_func=classes.__getitem__, filter_mode="contains",
    )  # fmt: skip


def _members(now: dict[str, Any], classes: Sequence[str], key: str) -> Shown:
    """All training examples of a class."""
    name = st.selectbox(
        "Its training examples show it", classes, key=f"{key}.members", placeholder="choose a class", width=320,
        index=classes.index(now["members"]) if now.get("members") in classes else None, filter_mode="contains",
    )  # fmt: skip
    st.caption("Ask then about another class: does the network go by what it has of this one?")
    return ({"members": name}, None) if name else ({}, "Choose a class whose examples show the concept.")


def _pictures(now: dict[str, Any], key: str) -> Shown:
    """Pictures that are sent."""
    from dlviz.studies.concepts import GOOD

    files = st.file_uploader(
        f"Pictures that show it, {GOOD} or more", ["png", "jpg", "jpeg"], accept_multiple_files=True,
        key=f"{key}.files",
        help="They are brought to the size of the network's own pictures: the middle is cut out, then made smaller.",
    )  # fmt: skip
    place, many = now.get("path", ""), st.session_state.get(f"{key}.many", 0)
    if files:
        sent = tuple(file.file_id for file in files)
        if st.session_state.get(f"{key}.sent", (None,))[0] != sent:  # the page runs often: they are read once
            st.session_state[f"{key}.sent"] = (sent, *_taken(files))
        _, place, many, wrong = st.session_state[f"{key}.sent"]
        st.session_state[f"{key}.many"] = many
        if wrong:
            st.warning(wrong, icon=":material/warning:")
    lacks = _tally(many, "picture")
    return ({"path": place} if place else {}), lacks


def _taken(files: Sequence[BinaryIO]) -> tuple[str, int, str]:
    """(Where the pictures are kept, how many they are, what is to be said of others)"""
    try:
        place, broken = kept(files)
    except WrongInput as error:
        return "", 0, str(error)
    if not broken:
        return place, len(files), ""
    named = "; ".join(broken[:_NAMED]) + (" …" if len(broken) > _NAMED else "")
    return place, len(files) - len(broken), f"Left out, as they cannot be read as pictures: {named}."


def _tally(many: int, of: str = "example") -> str | None:
    """How many there are and how many are needed, on the page. Returns what is lacking."""
    from dlviz.studies.concepts import FEWEST, GOOD

    if many < FEWEST:
        needed = f"At least {FEWEST} are needed; {GOOD} or more make the answer surer."
        st.markdown(f":gray[**{words.count(many, of)}.** {needed}]")
        return f"{words.count(FEWEST - many, f'more {of}')} must show the concept."
    surer = f" {GOOD} or more would make the answer surer." if many < GOOD else ""
    st.markdown(f":green[:material/check: **{words.count(many, of)}.**]:gray[{surer}]")
    return None


def kept(files: Sequence[BinaryIO]) -> tuple[str, list[str]]:
    """Pictures as one zip in the folder of uploads: its place ("" where none can be read), and what is wrong with those
    that were left out. Raises `WrongInput` where there are too many."""
    from dlviz.datasets.broken import Broken
    from dlviz.datasets.pictures import decoded, opened

    if len(files) > _MOST:
        raise WrongInput(f"A concept has at most {_MOST} pictures. Received: {len(files)}.")
    packed, size, broken = io.BytesIO(), 0, []
    with zipfile.ZipFile(packed, "w") as archive:
        for number, file in enumerate(files):
            content, name = file.read(_BYTES + 1), str(getattr(file, "name", number))
            size += len(content)
            if size > _BYTES:
                raise WrongInput(f"The pictures of a concept may have {_BYTES // 2**20} MB together. Received: more.")
            try:
                decoded(opened(content, name), 1, _LOOK, _LOOK, "crop")
            except Broken as error:
                broken.append(f"{name} ({error})")
                continue
            except WrongInput as error:  # far too large: it names itself
                broken.append(str(error).rstrip("."))
                continue
            ending = ".png" if content.startswith(b"\x89PNG") else ".jpg"
            # a fixed date, so that the same pictures are the same file
            archive.writestr(zipfile.ZipInfo(f"{number:04d}{ending}", (2000, 1, 1, 0, 0, 0)), content)
    if len(broken) == len(files):
        return "", broken
    digest = hashlib.sha256(packed.getvalue()).hexdigest()[:16]
    place = home() / "uploads" / digest / "concept.zip"
    if not place.is_file():
        write_bytes(place, packed.getvalue())
    return str(place), broken
