"""A concept of one's own: pictures that show it, taken in by the page and kept as one zip beside other uploads."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

import streamlit as st

from dlviz.core.files import write_bytes
from dlviz.core.problems import WrongInput
from dlviz.runs.home import home

#: So many pictures make a concept at most, and so many bytes.
_MOST, _BYTES = 300, 64 * 2**20


def pictures(key: str) -> str | None:
    """The field that takes the pictures. Returns the place where they are kept; a refused one is told here."""
    files = st.file_uploader(
        "Pictures that show the concept, 20 or more", ["png", "jpg", "jpeg"], accept_multiple_files=True, key=key
    )
    if not files:
        return None
    try:
        return kept(files)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return None


def kept(files: Sequence[BinaryIO]) -> str:
    """Pictures as one zip in the folder of uploads, each checked to be one; its place. Raises `WrongInput`."""
    from dlviz.datasets.broken import Broken
    from dlviz.datasets.pictures import opened

    if len(files) > _MOST:
        raise WrongInput(f"A concept has at most {_MOST} pictures. Received: {len(files)}.")
    packed, size = io.BytesIO(), 0
    with zipfile.ZipFile(packed, "w") as archive:
        for number, file in enumerate(files):
            content, name = file.read(_BYTES + 1), str(getattr(file, "name", number))
            size += len(content)
            if size > _BYTES:
                raise WrongInput(f"The pictures of a concept may have {_BYTES // 2**20} MB together. Received: more.")
            try:
                opened(content, name)
            except Broken as error:
                raise WrongInput(f"`{name}` must be a picture. Received: {error}.") from None
            ending = ".png" if content.startswith(b"\x89PNG") else ".jpg"
            # a fixed date, so that the same pictures are the same file
            archive.writestr(zipfile.ZipInfo(f"{number:04d}{ending}", (2000, 1, 1, 0, 0, 0)), content)
    digest = hashlib.sha256(packed.getvalue()).hexdigest()[:16]
    place = home() / "uploads" / digest / "concept.zip"
    if not place.is_file():
        write_bytes(place, packed.getvalue())
    return str(place)
