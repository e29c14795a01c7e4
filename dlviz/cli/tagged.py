"""What a network that tags words says to the sentences of a file."""

from __future__ import annotations

from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tags
from dlviz.training.restore import Restored


def tagged(restored: Restored, file: str) -> list[dict[str, Any]]:
    """A record for each sentence: its words, the tag of each, and, where tags mark entities, these."""
    from dlviz.datasets.word_encoder import WordEncoder

    encoders = {name: restored.encoders.get(name) for name in restored.fields.inputs}
    first = next(iter(encoders.values()))
    if not isinstance(first, WordEncoder) or any(encoder is None for encoder in encoders.values()):
        raise WrongInput(f"Inputs of this run cannot be read from one file: it takes {', '.join(encoders)}.")
    sentences = [first.words(sentence) for sentence in first.read(file)]
    inputs = {name: encoder.encode(sentences) for name, encoder in encoders.items() if encoder is not None}
    ((name, said),) = restored.task.predict(restored.networks, inputs, restored.fields).items()
    assert isinstance(said.kind, Tags)
    records: list[dict[str, Any]] = []
    for number, (words, row) in enumerate(zip(sentences, said.data, strict=True)):
        tags = [said.kind.names[int(tag)] for tag in row[: len(words)]]
        records.append(
            {"index": number, "target": name, "words": words, "tags": tags, "entities": entities(words, tags)}
        )
    return records


def entities(words: list[str], tags: list[str]) -> list[dict[str, Any]]:
    """The entities that BIO tags mark: type, text, and the words (counted from 0) from `begin` to before `end`."""
    found: list[dict[str, Any]] = []
    going = ""
    for place, tag in enumerate(tags):
        mark, _, kind = tag.partition("-")
        if mark not in ("B", "I") or not kind:
            going = ""
            continue
        if mark == "B" or kind != going:
            found.append({"type": kind, "text": "", "begin": place, "end": place})
        found[-1] |= {"end": place + 1, "text": " ".join(words[found[-1]["begin"] : place + 1])}
        going = kind
    return found


def line(record: dict[str, Any]) -> str:
    """A sentence as it is read aloud: `aunt [Paris Miller: person] sings`; plain tags stand behind their words,
    `sings/VERB`. Words that were not read stand behind a bar."""
    words, tags = record["words"], record["tags"]
    if all(tag == "O" or tag[:2] in ("B-", "I-") for tag in tags):
        said, at = [], 0
        for each in record["entities"]:
            said += [*words[at : each["begin"]], f"[{each['text']}: {each['type']}]"]
            at = each["end"]
        said += words[at : len(tags)]
    else:
        said = [f"{word}/{tag}" for word, tag in zip(words, tags, strict=False)]
    return " ".join([*said, *(["|", *words[len(tags) :]] if len(words) > len(tags) else [])])
