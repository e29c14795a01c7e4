"""The script that Streamlit runs on each interaction: finds the pages, shows the menu, runs the page asked for."""

import streamlit as st

from dlviz.ui import chrome, warmth
from dlviz.ui.components.shortcuts import shortcuts

chrome.frame()
current = st.navigation([found.as_streamlit() for found in chrome.pages()], position="top")
current.run()
shortcuts()
warmth.begin()
