"""A look at series on the page Data: whole and in their parts, then windows as a network is given them."""

from __future__ import annotations

import dataclasses

import streamlit as st

from dlviz.core.values import Forecast, Value
from dlviz.ui import figures


def show(columns: list[Value], key: str) -> None:
    """Each series over its file, and a few windows."""
    for number, value in enumerate(columns):
        windows = isinstance(value.kind, Forecast)
        st.subheader("What is seen, what is wanted" if windows else value.title, anchor=False)
        st.markdown(f":gray[{value.note}]")
        figures.show(dataclasses.replace(value, title=""), key=f"{key}.series.{number}")
