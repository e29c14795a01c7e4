"""Python text as a tree and its comments, within bounds. Nothing in it is executed."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections import deque

from dlviz.core.problems import WrongInput

#: Some 4,000 lines: more than any network that a person pastes.
LONGEST_TEXT = 200_000
_DEEPEST = 100
_MOST_NODES = 100_000


def check_text(text: object) -> str:
    """The text itself, with plain line ends. `WrongInput` where it is none, or too long, or holds what text never
    holds."""
    if not isinstance(text, str):
        raise WrongInput(f"Code is a text. Received: {type(text).__name__}.")
    if len(text) > LONGEST_TEXT:
        raise WrongInput(
            f"The text must have at most {LONGEST_TEXT:,} characters. Received: {len(text):,}. Paste the network alone."
        )
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongInput("This is no text: it holds characters that only other files have. Paste the code itself.")
    if not text.strip():
        raise WrongInput("There is nothing to read. Paste an nn.Sequential, a class or the printout of a module.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def tree(text: str) -> ast.Module:
    """The syntax tree of `text`. `WrongInput` names the line that is no Python, or what is beyond all bounds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in texts that are never used
            module = ast.parse(text)
    except SyntaxError as error:
        line = f" Line {error.lineno}: {error.msg}." if error.lineno else ""
        raise WrongInput(f"This is no Python that can be read.{line}") from None
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise WrongInput("This is nested too deeply, or a number in it is too long, to be a network.") from None
    _check_size(module)
    return module


def comments(text: str) -> dict[int, str]:
    """Line number → the comment on it, without its #."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string.lstrip("#").strip()
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # what stands before it counts
    return found


def _check_size(module: ast.Module) -> None:
    """Level by level, since a walk by recursion is what too deep a tree would break."""
    level, total = deque[ast.AST]([module]), 0
    for _ in range(_DEEPEST):
        total += len(level)
        if total > _MOST_NODES:
            raise WrongInput("This is too long to be a network. Paste the network alone.")
        level = deque(child for node in level for child in ast.iter_child_nodes(node))
        if not level:
            return
    raise WrongInput("This is nested too deeply to be a network.")
