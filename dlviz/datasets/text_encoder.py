"""TextEncoder: texts as the token ids a network takes, and back."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.data import Encoder
from dlviz.datasets.encoding import plain, text_of
from dlviz.datasets.sheet import MOST_BYTES, How, read_sheet
from dlviz.datasets.words import PADDING, UNKNOWN, joined, words

#: Where the vocabulary has what stands for no word, and for a word that it does not have.
PAD_ID, UNKNOWN_ID = 0, 1


class TextEncoder(Encoder):
    """Words become numbers of a vocabulary learned from the training part. Short texts are filled up with 0 (padding),
    long ones cut; a word that the vocabulary does not have is 1."""

    vocabulary: tuple[str, ...] = setting((PADDING, UNKNOWN), "All words by number; 0 is padding, 1 unknown.")
    length: int = setting(32, "How many words of a text are read.", ge=1, le=4096)
    lowercase: bool = setting(True, "Whether capital letters are read as small ones.")
    column: str = setting("text", "The column of a table that holds the texts.")
    header: bool = setting(True, "Whether files have their column names on the first line.")
    file_columns: tuple[str, ...] = setting((), "Every column of the file trained on.")
    target: str = setting("", "Which of them is the label; a file to predict may lack it.")

    def kind_of_text(self) -> Tokens:
        return Tokens(vocabulary=self.vocabulary, length=self.length)

    def encode(self, raw: Any) -> Tensor:
        """Texts (a list or an array of strings) as int64 (N, length)."""
        number = {word: place for place, word in enumerate(self.vocabulary)}
        ids = np.zeros((len(raw), self.length), dtype=np.int64)
        for row, text in enumerate(raw):
            own = [number.get(word, UNKNOWN_ID) for word in words(str(text), self.lowercase)[: self.length]]
            ids[row, : len(own)] = own
        return torch.from_numpy(ids)

    def decode(self, tensor: Tensor) -> Value:
        """The texts as far as they were read, with <unk> for each unknown word; `more["ids"]` holds the numbers."""
        ids = tensor.detach().cpu().numpy()
        texts = [joined(self.vocabulary[number] for number in row if number != PAD_ID) for row in ids]
        return Value(Text(), np.array(texts, dtype=str), "text", "", {"ids": ids})

    def read(self, path: str) -> list[str]:
        """The texts of a file: a table's text column, or, where its name ends in .txt, a text a line."""
        name = Path(path).name
        if Path(path).suffix.lower() == ".txt":
            return _lines(_content(path), name)
        if Path(path).suffix.lower() not in (".parquet", ".pq"):
            alone = _sole_column(_content(path), self.column)
            if alone is not None:
                return alone
        header: Literal["first_row", "none"] = "first_row" if self.header else "none"
        sheet = read_sheet(path, How(header=header))
        if not self.header and len(sheet.frame.columns) == len(self.file_columns) - 1:  # all but the label
            names = [name for name in self.file_columns if name != self.target]
            return list(sheet.frame.set_axis(names, axis=1)[self.column])
        return [str(text) for text in sheet.with_columns([self.column]).texts(self.column)]


def learn_text_encoder(
    texts: Iterable[str], *, most_words: int, min_count: int, length: int | None, lowercase: bool, **origin: Any
) -> TextEncoder:
    """The encoder that the training texts ask for; `length` None: the 95th percentile of their lengths, 256 at most.

    Of words seen equally often, the first of the alphabet is kept. `origin`: how the file was written.
    """
    counts: Counter[str] = Counter()
    lengths = []
    for text in texts:
        own = words(text, lowercase)
        counts.update(own)
        lengths.append(len(own))
    known = sorted(
        (word for word, count in counts.items() if count >= min_count), key=lambda word: (-counts[word], word)
    )
    read = length or max(1, min(LONGEST, int(np.quantile(lengths, 0.95, method="inverted_cdf")) if lengths else 1))
    return TextEncoder(vocabulary=(PADDING, UNKNOWN, *known[:most_words]), length=read, lowercase=lowercase, **origin)


#: How many words of a text are read at most where the length is chosen from the texts.
LONGEST = 256


def _content(path: str) -> str:
    file = Path(path).expanduser()
    if not file.is_file():
        raise WrongInput(f"There is no file {path}.")
    if file.stat().st_size > MOST_BYTES:
        raise WrongInput(
            f"{file.name}: a file may have at most 512 MB. Received: {file.stat().st_size / 2**20:,.0f} MB."
        )
    try:
        content = file.read_bytes()
    except PermissionError:
        raise WrongInput(f"{path} may not be read. Allow it, or copy the file.") from None
    return plain(text_of(content, file.name)[0])


def _lines(text: str, name: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise WrongInput(f"{name} is empty. It needs a text a line.")
    return found


def _sole_column(text: str, column: str) -> list[str] | None:
    """The texts of a table that has the text column alone; None where it has others, too."""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"') != column:
        return None
    return [",".join(row) for row in csv.reader(io.StringIO(rest, newline="")) if row]
