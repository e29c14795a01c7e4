"""Texts on the pages: an upload as it was understood, a run's examples, and why nothing can explain them yet."""

import io
import re

import pytest

from dlviz.runs.drafts import Drafts
from dlviz.runs.store import Store
from dlviz.training import worker

RAW = [
    ("good" if n % 2 else "bad", f"{'what a lovely' if n % 2 else 'such a dull'} film, no {n} <b>of</b> all =1+1")
    for n in range(80)
]


def uploaded(home):
    from dlviz.datasets import uploads

    lines = ["stars,label,review", *(f'{n % 5},{label},"{text}"' for n, (label, text) in enumerate(RAW))]
    return str(uploads.keep("reviews.csv", io.BytesIO("\n".join(lines).encode()), home / "uploads"))


@pytest.fixture
def document(dlviz_home):
    return {"kind": "TextTable", "path": uploaded(dlviz_home), "text": "review", "label": "label"}


def shown(test):
    return " ".join(element.value for element in [*test.markdown, *test.subheader, *test.caption])


def test_the_columns_of_an_upload_are_guessed(dlviz_home):
    from dlviz.datasets.preview import likely_label, likely_text
    from dlviz.ui.uploaded import columns_of

    columns = columns_of({"path": uploaded(dlviz_home)})
    assert likely_text(columns) == "review" and likely_label(columns, "review") == "label"


def test_the_look_shows_lengths_words_and_how_a_text_is_read(one_page, dlviz_home, document):
    drafts = Drafts(dlviz_home)
    draft = drafts.new({"version": 1, "data": document})
    test = one_page("data", draft=draft).run()
    assert not test.exception and not test.error
    said = shown(test)
    assert re.search(r"Texts of up to \d+ words", said)
    for words in ("How long the texts are", "The most frequent words", "How a text is read"):
        assert words in said, words
    drawn = " ".join(element.proto.body for element in test.get("html"))
    assert "dlviz-unknown" in drawn and "&lt;unk&gt;" in drawn and "<b>of</b>" not in drawn
    test.text_input(key=f"{draft}.look.typed").set_value("A lovely <i>zebra</i>").run()
    drawn = [
        element.proto.body for element in test.get("html") if element.proto.body.startswith('<div class="dlviz-tokens')
    ][-1]
    assert "lovely<small>" in drawn and "zebra<small>1 &lt;unk&gt;<" in drawn and "<i>" not in drawn
    assert "10 words, 3 unknown" in shown(test)
    test.selectbox(key=f"{draft}.data.settings.tokenizer").set_value("characters").run()
    assert re.search(r"Texts of up to \d+ characters", shown(test)) and "The most frequent characters" in shown(test)
    test.selectbox(key=f"{draft}.data.settings.tokenizer").set_value("words").run()
    test.number_input(key=f"{draft}.data.settings.vocabulary_size").set_value(12).run()
    assert drafts.read(draft)["data"]["vocabulary_size"] == 12 and not test.exception
    test.selectbox(key=f"{draft}.data.label").set_value("stars").run()
    assert drafts.read(draft)["data"]["label"] == "stars" and not test.exception


def test_text_and_label_never_are_one_column(one_page, dlviz_home, document):
    drafts = Drafts(dlviz_home)
    draft = drafts.new({"version": 1, "data": document})
    test = one_page("data", draft=draft).run()
    test.selectbox(key=f"{draft}.data.label").set_value("review").run()
    data = drafts.read(draft)["data"]
    assert (data["text"], data["label"]) == ("label", "review") and not test.exception


@pytest.fixture
def finished(dlviz_home, document):
    spec = {"version": 1, "data": document, "training": {"epochs": 3, "batch_size": 16, "device": "cpu"}}
    folder = Store(dlviz_home).create(spec)
    assert worker.main(folder.path) == "finished", folder.state()
    return folder


def test_a_run_shows_its_texts_and_the_methods_that_explain_them(one_page, dlviz_home, finished):
    test = one_page("train", run=finished.id).run()
    assert not test.exception
    test = one_page("explain", run=finished.id).run()
    assert not test.exception and not test.error
    said = shown(test)
    assert "Why good?" in said or "Why bad?" in said
    (methods,) = [group for group in test.button_group if group.label == "Methods"]
    assert {"Occlusion", "IntegratedGradients"} == set(methods.value)
    drawn = " ".join(element.proto.body for element in test.get("html"))
    assert "dlviz-text" in drawn and "film" in drawn
