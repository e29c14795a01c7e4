"""The script that Streamlit runs on each interaction: finds the pages, shows the menu, runs the page asked for."""

import streamlit as st

from dlviz.ui import chrome, shared, warmth
from dlviz.ui.components.shortcuts import shortcuts

chrome.frame()
current = st.navigation([found.as_streamlit() for found in chrome.pages()], position="top")
shared.opener()
current.run()
shortcuts()
warmth.begin()
