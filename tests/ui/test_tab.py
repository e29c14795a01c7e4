"""The browser tests' own eyes: what a tab counts as gone wrong, and what it forgives."""

from __future__ import annotations

import pytest

from tests.ui import waits

pytestmark = pytest.mark.browser


def test_a_missing_asset_does_not_slip_through(tab):
    page = tab.open("/runs")  # below the first page: Streamlit's own probes have been refused by now
    assert tab.refused == [] and tab.complaints == []
    page.evaluate("fetch('/dlviz/no-such.js').then((answer) => answer.status)")
    page.evaluate("fetch('/_stcore/bidi-components/dlviz.live_chart/no-such.js').then((answer) => answer.status)")
    # what the server answered and what the console says of it come each on its own way
    waits.until(page, lambda: len(tab.refused) == 2 and tab.complaints)
    assert [line.replace(tab.address, "") for line in tab.refused] == [
        "200 /dlviz/no-such.js",  # the app's page instead of the file
        "404 /_stcore/bidi-components/dlviz.live_chart/no-such.js",
    ]
    with pytest.raises(AssertionError, match="no-such.js"):
        tab.check()
    tab.refused.clear()
    tab.complaints.clear()
