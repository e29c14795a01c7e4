"""Changed words shown: the text, with each change in its place."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.tokenizer import PAD_ID, visible
from dlviz.studies.change_told import as_if, none_found, with_ways
from dlviz.studies.changed_words import GONE, Edited
from dlviz.studies.study import Finding
from dlviz.studies.wish import Wish

#: A text of more words is shown only where it was changed, with so many words on either side.
_WHOLE, _AROUND = 80, 12


def told_words(wish: Wish, texts: list[Edited], kind: Tokens) -> Finding:
    """Of a text: the text with each change in its place."""
    if not texts:
        return none_found(wish, "words left out and replaced, the likeliest ones first")
    rows = torch.stack([text.row(kind.length) for text in texts])
    says = [wish.saying.words(answer) for answer in wish.saying(rows)]
    encoder = wish.question.data.encoders.get(wish.saying.input)
    between = " " if getattr(encoder, "tokenizer", "words") == "words" else ""

    def token(number: int) -> str:
        return visible(kind.vocabulary[number])

    def written(text: Edited) -> str:
        new = dict(text.changes)
        near = {place + by for place in new for by in range(-_AROUND, _AROUND + 1)}
        found: list[str] = []
        for place, number in enumerate(text.ids):
            if len(text.ids) > _WHOLE and place not in near:
                if found[-1:] != ["…"]:
                    found.append("…")
            elif place in new:
                found.append(f"⟦{token(number)} {'✗' if new[place] == GONE else '→ ' + token(new[place])}⟧")
            else:
                found.append(token(number))
        return between.join(found)

    def told(text: Edited) -> str:
        own = [
            f"“{token(text.ids[place])}” were left out" if new == GONE
            else f"“{token(text.ids[place])}” were “{token(new)}”"
            for place, new in text.changes
        ]  # fmt: skip
        return " and ".join(own)

    lines = [f"{say}: {written(text)}" for text, say in zip(texts, says, strict=True)]
    whole = between.join(token(int(i)) for i in wish.x[0] if i != PAD_ID)
    first = whole if len(texts[0].ids) <= _WHOLE else f"{whole[:300]}…"
    return with_ways(
        wish,
        as_if(wish, told(texts[0]), says[0]),
        [Value(Text(), np.array([f"{wish.saying.words(wish.now)}: {first}", *lines]), "The text, as it is and changed",
               "⟦a → b⟧: b stands in place of a; ⟦a ✗⟧: a is left out.")],
        [[{"place": place, "from": token(text.ids[place]), "to": "" if new == GONE else token(new)}
          for place, new in text.changes] for text in texts],
        says,
    )  # fmt: skip
