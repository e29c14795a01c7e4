"""Film reviews and text messages: how their files are read, and that no part holds what another has."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_data import SHARED

from dlviz.core.values import Category
from dlviz.datasets.labelled_texts import LabelledTexts
from dlviz.datasets.rotten_tomatoes import RottenTomatoes
from dlviz.datasets.sms_spam import SmsSpam

real = pytest.mark.skipif(SHARED is None, reason="DLVIZ_DATA does not name a folder of real data sets")


def test_messages_are_read_as_people_wrote_them(tmp_path: Path) -> None:
    file = tmp_path / "sms.tsv"
    file.write_text(
        'ham\tI\x92ll be "there &lt;#&gt; &amp; so\nspam\tWIN £100\t now\u0085!\nham\t"unmatched\n', encoding="utf-8"
    )
    texts, labels = SmsSpam.texts({"sms.tsv": file})
    assert texts == ['I’ll be "there <#> & so', "WIN £100\t now…!", '"unmatched']
    assert labels == [0, 1, 0]


def test_a_line_of_a_review_ends_where_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "neg").write_text("dull \u2028 film . \n\n", encoding="utf-8")
    (tmp_path / "pos").write_text("a clich\u00e9 , but good\nfine\n", encoding="utf-8")
    assert RottenTomatoes.texts({"neg": tmp_path / "neg", "pos": tmp_path / "pos"}) == (
        ["dull \u2028 film .", "a cliché , but good", "fine"],
        [0, 1, 1],
    )


def test_messages_with_other_numbers_capitals_and_spaces_say_the_same() -> None:
    assert SmsSpam.said("WIN  £100 now!") == SmsSpam.said("win £250 Now!") != SmsSpam.said("win £1000 now!")


@real
@pytest.mark.parametrize(
    ("kind", "counts", "left_out"),
    [(RottenTomatoes, {"negative": 5331, "positive": 5331}, 0), (SmsSpam, {"ham": 4517, "spam": 620}, 437)],
)
def test_every_text_is_in_one_part_and_no_part_has_what_another_has(
    kind: type[LabelledTexts], counts: dict[str, int], left_out: int
) -> None:
    data = kind().load(0)
    target = data.fields.targets["label"]
    assert isinstance(target, Category)
    texts = kind.texts(kind.files.fetch())[0]
    parts = [data.train, data.validation, data.test]
    said = [{kind.said(texts[row]) for row in part.rows.tolist()} for part in parts]
    assert not (said[0] & said[1] or said[0] & said[2] or said[1] & said[2])
    assert sum(map(len, said)) == sum(map(len, parts)) == sum(counts.values()) == len({kind.said(t) for t in texts})
    found = [label for part in parts for label in part.columns["label"].tolist()]
    assert {name: found.count(place) for place, name in enumerate(target.names)} == counts
    told = [warning for warning in data.warnings if "say the same" in warning]
    assert len(told) == (left_out > 0) and all(f"{left_out} of 5,574" in warning for warning in told)
    assert len(data.test) == pytest.approx(0.15 * len(found), abs=1)
