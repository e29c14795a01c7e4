"""TextEncoder: texts as the token ids a network takes, and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import model_validator
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.data import Encoder
from dlviz.datasets.encoding import plain, text_of
from dlviz.datasets.json_lines import SUFFIXES
from dlviz.datasets.sheet import MOST_BYTES, How, read_sheet
from dlviz.datasets.tokenizer import PAD_ID, UNKNOWN_ID, Tokenizer, Tokenizing, learn_tokenizer
from dlviz.datasets.words import PADDING, UNKNOWN

__all__ = ["LONGEST", "PAD_ID", "UNKNOWN_ID", "TextEncoder", "learn_text_encoder"]


class TextEncoder(Encoder):
    """Words, characters or pieces of words become numbers of a vocabulary learned from the training part. Short texts
    are filled up with 0 (padding), long ones cut; a token that the vocabulary does not have is 1."""

    vocabulary: tuple[str, ...] = setting((PADDING, UNKNOWN), "All tokens by number; 0 is padding, 1 unknown.")
    length: int = setting(32, "How many tokens of a text are read.", ge=1, le=4096)
    tokenizer: Tokenizing = setting("words", "What the tokens are: words, characters, or learned pieces of words.")
    merges: tuple[str, ...] = setting((), "Of `bpe`: the pairs of tokens that were joined, in their order.")
    lowercase: bool = setting(True, "Whether capital letters are read as small ones.")
    column: str = setting("text", "The column of a table that holds the texts.")
    header: bool = setting(True, "Whether files have their column names on the first line.")
    file_columns: tuple[str, ...] = setting((), "Every column of the file trained on.")
    target: str = setting("", "Which of them is the label; a file to predict may lack it.")

    @model_validator(mode="after")
    def _whole(self) -> TextEncoder:
        if self.vocabulary[:2] != (PADDING, UNKNOWN):
            raise ValueError(f"the vocabulary must begin with {PADDING} and {UNKNOWN}.")
        if len(set(self.vocabulary)) < len(self.vocabulary):
            raise ValueError("each token of the vocabulary must be in it once.")
        if self.tokenizer == "bpe":
            from dlviz.datasets.bpe import ill_fitting

            wrong = ill_fitting(self.vocabulary, self.merges)
            if wrong:
                raise ValueError(wrong)
        return self

    def kind_of_text(self) -> Tokens:
        return Tokens(vocabulary=self.vocabulary, length=self.length)

    def encode(self, raw: Any) -> Tensor:
        """Texts (a list or an array of strings) as int64 (N, length)."""
        ids = np.zeros((len(raw), self.length), dtype=np.int64)
        for row, own in enumerate(self.taken_apart().encode(map(str, raw))):
            ids[row, : len(own)] = own[: self.length]
        return torch.from_numpy(ids)

    def taken_apart(self) -> Tokenizer:
        """How this encoder takes texts apart."""
        return Tokenizer(self.tokenizer, self.vocabulary, self.merges, self.lowercase)

    def decode(self, tensor: Tensor) -> Value:
        """The texts as far as they were read, with <unk> for each unknown token; `more["ids"]` holds the numbers."""
        ids, read = tensor.detach().cpu().numpy(), self.taken_apart()
        texts = [read.decode(row) for row in ids]
        return Value(Text(), np.array(texts, dtype=str), "text", "", {"ids": ids})

    def read(self, path: str) -> list[str]:
        """The texts of a file: a table's text column, or, where its name ends in .txt, a text a line."""
        name = Path(path).name
        if Path(path).suffix.lower() == ".txt":
            return _lines(content(path), name)
        if Path(path).suffix.lower() not in (".parquet", ".pq", *SUFFIXES):
            alone = _sole_column(content(path), self.column)
            if alone is not None:
                return alone
        header: Literal["first_row", "none"] = "first_row" if self.header else "none"
        sheet = read_sheet(path, How(header=header, least=1))
        if not self.header and len(sheet.frame.columns) == len(self.file_columns) - 1:  # all but the label
            names = [name for name in self.file_columns if name != self.target]
            return list(sheet.frame.set_axis(names, axis=1)[self.column])
        return [str(text) for text in sheet.with_columns([self.column]).texts(self.column)]


def learn_text_encoder(
    texts: Iterable[str], *, most_words: int, min_count: int, length: int | None, lowercase: bool,
    tokenizer: Tokenizing = "words", **origin: Any
) -> TextEncoder:  # fmt: skip
    """The encoder that the training texts ask for; `length` None: the 95th percentile of their lengths, at most
    `LONGEST` of such tokens. `origin`: how the file was written."""
    known = list(texts)
    learned = learn_tokenizer(known, tokenizer, most=most_words, min_count=min_count, lowercase=lowercase)
    if length is None:
        length = usual_length(learned, known)
    return TextEncoder(
        vocabulary=learned.vocabulary, length=length, tokenizer=tokenizer, merges=learned.merges, lowercase=lowercase,
        **origin
    )  # fmt: skip


def usual_length(tokenizer: Tokenizer, texts: Iterable[str]) -> int:
    """As many tokens as 95 of 100 texts have, at most `LONGEST` of such tokens."""
    lengths = [len(own) for own in tokenizer.encode(texts)]
    usual = int(np.quantile(lengths, 0.95, method="inverted_cdf")) if lengths else 1
    return max(1, min(LONGEST[tokenizer.how], usual))


#: How many tokens of a text are read at most where the length is chosen from the texts.
LONGEST = {"words": 256, "characters": 1024, "bpe": 384}


def content(path: str) -> str:
    """The text of a file, however its letters are stored. Raises `WrongInput`."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise WrongInput(f"There is no file {path}.")
    if file.stat().st_size > MOST_BYTES:
        raise WrongInput(
            f"{file.name}: a file may have at most 512 MB. Received: {file.stat().st_size / 2**20:,.0f} MB."
        )
    try:
        found = file.read_bytes()
    except PermissionError:
        raise WrongInput(f"{path} may not be read. Allow it, or copy the file.") from None
    return plain(text_of(found, file.name)[0])


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
