"""The examples that a run keeps to be explained: read from its folder, without torch and without its data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dlviz.core.files import read_json
from dlviz.core.values import Value
from dlviz.training.folder import RunFolder
from dlviz.ui.words import number, percent

PARTS = ("test", "validation")
#: Ways to narrow the examples down, by what is known of them.
CLASS_FILTERS = ("All", "Wrong", "Least certain", "Right")
NUMBER_FILTERS = ("All", "Largest error", "Smallest error")
_FEW = 60


@dataclass(frozen=True)
class Gallery:
    """The examples of one part: `entries` as the run wrote them, `inputs` the decoded inputs in the same order,
    `classes` the names of the target's classes; empty: the target is a number, or an answer that takes words
    (`worded`)."""

    entries: list[dict[str, Any]]
    inputs: Value
    target: str
    classes: tuple[str, ...]
    unit: str = ""

    @property
    def worded(self) -> bool:
        """Whether the network's answers are told in words: tags, the next token, a forecast, what is heard."""
        return bool(self.entries) and "said" in self.entries[0]

    def filters(self) -> tuple[str, ...]:
        judged = self.entries[0]["error"] is None if self.worded else bool(self.classes)
        return CLASS_FILTERS if judged else NUMBER_FILTERS

    def places(self, wanted: str) -> list[int]:
        """The places of the examples that a filter lets through, the most telling first."""
        every = range(len(self.entries))
        if wanted == "Wrong":
            return [at for at in every if self.wrong(at)]
        if wanted == "Right":
            return [at for at in reversed(every) if not self.wrong(at)]
        if wanted == "Least certain":
            return sorted(every, key=lambda at: float(self.entries[at]["certainty"]))[:_FEW]
        if wanted == "Largest error":
            return list(every)[:_FEW]
        if wanted == "Smallest error":
            return list(reversed(every))[:_FEW]
        return list(every)

    def wrong(self, at: int) -> bool:
        entry = self.entries[at]
        if self.worded:
            return bool(entry["wrong"])
        return bool(self.classes) and entry["target"] != entry["prediction"]

    def words(self, at: int) -> tuple[str, ...]:
        """An example in a line or two: what it is, what the network says of it."""
        entry = self.entries[at]
        if self.worded:
            sure = percent(entry["certainty"]) if entry["error"] is None else f"off by {number(entry['error'])}"
            return (entry["said"], sure, "right" if entry["wrong"] is False else f"is {entry['true']}")
        if self.classes:
            said, true = self.classes[entry["prediction"]], self.classes[entry["target"]]
            return (said, percent(entry["probability"]), f"is {true}" if said != true else "right")
        return (number(entry["prediction"]), "", f"is {number(entry['target'])}")

    def probabilities(self, at: int) -> list[tuple[int, float]]:
        """(class, probability) of the likeliest classes, in falling order; an older run wrote only the first."""
        entry = self.entries[at]
        known = entry.get("probabilities") or [(entry["prediction"], entry["probability"])]
        return [(int(label), float(share)) for label, share in known]

    def choices(self, at: int) -> list[tuple[int, str]]:
        """What one may ask about in an answer that takes words: (target, its name and what the network says of it)."""
        return [(int(target), f"{name} · {said}") for target, name, said in self.entries[at].get("choices", ())]

    def heads(self) -> tuple[str, ...]:
        if self.worded:
            return ("network says", "how sure" if self.entries[0]["error"] is None else "error", self.target)
        return ("network says", "how sure", self.target) if self.classes else ("network says", "", self.target)

    def place(self, index: int) -> int | None:
        """Where the example `index` of the part stands here, or None."""
        return next((at for at, entry in enumerate(self.entries) if entry["index"] == index), None)


def parts(run: RunFolder) -> list[str]:
    """The parts of which a run keeps examples."""
    return [part for part in PARTS if (run.path / "gallery" / f"{part}.json").is_file()]


def gallery(run: RunFolder, part: str) -> Gallery:
    """The examples of one part of a run."""
    file = run.path / "gallery" / f"{part}.json"
    return _read(str(run.path), part, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: str, part: str, written: int) -> Gallery:
    folder = Path(path) / "gallery"
    entries = list(read_json(folder / f"{part}.json"))
    targets: dict[str, dict[str, Any]] = read_json(Path(path) / "data.json")["fields"]["targets"]
    name, kind = next(iter(targets.items()), ("", {}))
    inputs = Value.load(folder / f"{part}_inputs")
    # a task that tells its answers in words may have no use for the classes that stand beside its texts
    own = not entries or "said" not in entries[0]
    classes = tuple(kind.get("names", ())) if own and kind.get("kind") == "Category" else ()
    return Gallery(entries, inputs, str(name), classes, str(kind.get("unit", "")))
