"""The only folder besides app.py and pages/ that imports streamlit."""
