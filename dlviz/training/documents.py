"""Documents: specs as text: read from a file, parsed, changed at one place. Nothing in them is executed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from dlviz.core.problems import WrongInput


def read_document(path: Path) -> Any:
    """The document in a YAML or JSON file. Nothing in it is executed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WrongInput(f"There is no file {path}.") from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise WrongInput(f"{path} cannot be read as a text file in UTF-8: {error}.") from None
    return parse_text(text, str(path))


def parse_text(text: str, name: str = "The text") -> Any:
    """The document in a YAML or JSON text."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except json.JSONDecodeError:
        pass  # YAML's flow style starts with a brace, too
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WrongInput(f"{name} is neither YAML nor JSON: {error}") from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WrongInput(f"{name} is neither YAML nor JSON: {error}") from None


def override(document: Any, place: str, value: Any) -> Any:
    """A copy of `document` with the setting at `place` (`training.epochs`, `networks.model.conv1.kernel_size`) set.
    In a list, the number after the last one appends."""
    changed = copy.deepcopy(document)
    here = changed
    *way, last = place.split(".")
    for step in way:
        if isinstance(here, list):
            here = here[_number(here, step, place)]
        elif isinstance(here, dict):
            if here.get(step) is None:
                here[step] = {}
            here = here[step]
        if not isinstance(here, (dict, list)):
            raise WrongInput(f"{place}: `{step}` has no settings inside it.")
    if isinstance(here, list) and last == str(len(here)):
        here.append(value)
    elif isinstance(here, list):
        here[_number(here, last, place)] = value
    else:
        here[last] = value
    return changed


def _number(entries: list[Any], name: str, place: str) -> int:
    for number, entry in enumerate(entries):
        if str(number) == name or (isinstance(entry, dict) and name in (entry.get("name"), entry.get("kind"))):
            return number
    raise WrongInput(f"{place}: there is no entry `{name}`.")
