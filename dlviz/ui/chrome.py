"""What every page has: its place in the menu, its title and question, and the button that leads on.

A page declares itself in the first line of its docstring, which is read without running the page:

    \"\"\"Train · :material/trending_up: · How does the network learn, and how good does it get?\"\"\"
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

#: Pages and pictures lie beside app.py.
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Page:
    """One page: `4_train.py` is the fourth and answers at `/train`."""

    file: Path
    title: str
    icon: str
    question: str

    @property
    def name(self) -> str:
        return self.file.stem.partition("_")[2]

    def as_streamlit(self) -> StreamlitPage:
        first = self.file == pages()[0].file
        return st.Page(self.file, title=self.title, icon=self.icon, url_path=self.name, default=first)


@cache
def pages() -> tuple[Page, ...]:
    """All pages in the order of their file names."""
    found = sorted((ROOT / "pages").glob("[0-9]*_*.py"), key=lambda file: int(file.stem.partition("_")[0]))
    return tuple(_declared(file) for file in found)


def _declared(file: Path) -> Page:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    parts = docstring.partition("\n")[0].split(" · ", 2)
    if len(parts) != 3:
        raise ValueError(f'{file.name} must begin with """Title · :material/icon: · Its question?""".')
    return Page(file, *(part.strip() for part in parts))


def page(name: str) -> Page:
    """The page called `name` ("train")."""
    return next(found for found in pages() if found.name == name)


def frame() -> None:
    """What surrounds each page: its picture in the browser's tab, the logo, the style sheet."""
    # Without a picture of our own, Streamlit fetches the page's icon from the internet.
    st.set_page_config(page_icon=str(ROOT / "assets" / "icon.svg"), layout="wide")
    st.logo(str(ROOT / "assets" / "logo.svg"), size="medium")
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return (files("dlviz.ui") / "style.css").read_text(encoding="utf-8")


def header(name: str, title: str = "") -> None:
    """The title of page `name` (or another `title`) and the question that it answers."""
    shown = page(name)
    st.title(title or shown.title, anchor=False)
    st.markdown(f":gray[{shown.question}]")


def go(name: str, params: Mapping[str, str] | None = None) -> None:
    """Open the page called `name`, with `params` in its address."""
    st.switch_page(page(name).as_streamlit(), query_params=dict(params or {}))


def next_step(
    label: str,
    name: str,
    params: Mapping[str, str] | None = None,
    *,
    icon: str | None = None,
    disabled: bool = False,
    help: str | None = None,
    key: str | None = None,
    main: bool = True,
) -> None:
    """The one main button of a page (not `main`: a plain one): leads on to page `name`."""
    target = page(name)
    if st.button(
        label, type="primary" if main else "secondary", icon=icon or target.icon, disabled=disabled, help=help,
        key=key or f"next-{name}",
    ):  # fmt: skip
        go(name, params)


def empty(sentence: str, label: str, name: str, *, icon: str = ":material/arrow_forward:") -> None:
    """An empty page: says what is missing and offers the step that brings it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(sentence, text_alignment="center")
        if st.button(label, type="primary", icon=icon, key=f"empty-{name}"):
            go(name)


def dark() -> bool:
    """Whether the page is shown on a dark ground."""
    return st.context.theme.type == "dark"
