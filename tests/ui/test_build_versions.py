"""Versions of a draft on the page Build: kept, compared, opened."""

import pytest

from dlviz.runs.drafts import Drafts
from dlviz.ui import experiment, versions

DIGITS = {"version": 1, "data": {"kind": "Digits"}}


@pytest.fixture
def drafts(dlviz_home):
    return Drafts(dlviz_home)


def dialog(draft):
    from dlviz.ui import versions

    versions.versions(draft)


def shown(test):
    return " ".join(element.value for element in [*test.markdown, *test.subheader])


def changed(document, channels):
    entries = [
        {**entry, "out_channels": channels} if entry["name"] == "conv1" else entry
        for entry in document["networks"]["model"]
    ]
    return {**document, "networks": {"model": entries}}


@pytest.fixture
def two(drafts):
    """A draft with a version kept, and changed since."""
    whole = experiment.completed(DIGITS)
    draft = drafts.new(whole)
    drafts.keep(draft, "Before [it] *grew*")
    drafts.write(draft, changed(whole, 48))
    return draft


def test_what_two_versions_differ_in_is_told(drafts, two):
    lines = versions.told(drafts.version(two, 1), drafts.read(two))
    assert len(lines) == 1 and "conv1" in lines[0] and "32" in lines[0] and "48" in lines[0]
    assert versions.told(drafts.read(two), drafts.read(two)) == []


def test_the_dialog_compares_the_kept_version_with_the_present_one(two):
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_function(dialog, args=(two,), default_timeout=240).run()
    assert not test.exception
    assert [box.value for box in test.selectbox] == ["Before [it] *grew*", versions.NOW]
    assert "conv1" in shown(test) and r"Before \[it\] \*grew\*" in shown(test)
    test.selectbox[0].set_value(versions.NOW).run()
    assert "They are the same" in shown(test) and not test.exception


def test_a_version_is_kept_opened_and_dropped(drafts, two):
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_function(dialog, args=(two,), default_timeout=240).run()
    test.button(key="open-version-1").click().run()
    opened = test.query_params["draft"]
    opened = opened[0] if isinstance(opened, list) else opened
    assert opened != two and drafts.read(opened) == drafts.version(two, 1)
    test = AppTest.from_function(dialog, args=(two,), default_timeout=240).run()
    test.text_input(key="keep-title").set_value("After")
    test.button[0].click().run()
    assert {one.title for one in drafts.kept(two)} == {"Before [it] *grew*", "After"} and not test.exception
    test.button(key="drop-version-1").click().run()
    assert [one.title for one in drafts.kept(two)] == ["After"] and not test.exception
