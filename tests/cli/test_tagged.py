"""What `dlviz predict` says of tagged sentences."""

from __future__ import annotations

from dlviz.cli.tagged import entities, line

WORDS = "aunt Paris Miller left Paris Rome for good".split()
TAGS = "O B-person I-person O I-place B-place O".split()


def test_entities_are_named_in_their_sentence() -> None:
    found = entities(WORDS, TAGS)
    assert [(each["type"], each["text"], each["begin"], each["end"]) for each in found] == [
        ("person", "Paris Miller", 1, 3),
        ("place", "Paris", 4, 5),
        ("place", "Rome", 5, 6),
    ]
    said = line({"words": WORDS, "tags": TAGS, "entities": found})
    assert said == "aunt [Paris Miller: person] left [Paris: place] [Rome: place] for | good"  # the last was not read


def test_plain_tags_stand_behind_their_words() -> None:
    assert line({"words": ["dogs", "bark"], "tags": ["NOUN", "VERB"], "entities": []}) == "dogs/NOUN bark/VERB"
