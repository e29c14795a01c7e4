"""Parts: registration, settings, documents, errors."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from pydantic import model_validator

from dlviz.core.part import HOMES, Part, families, family
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.setting import Setting, setting


class Sample(Part, abstract=True):
    """A sample part.

    More words.
    """

    size: int = setting(3, "How large.", ge=1, le=9)
    rate: float = setting(0.5, "How fast.", gt=0, lt=1, advanced=True, unit="Hz")
    mode: Literal["fast", "slow"] = "fast"
    kernel: int | tuple[int, int] = setting(3, "Its window.")
    wide: int | Literal["auto"] = "auto"
    cap: float | None = None
    on: bool = False

    @model_validator(mode="after")
    def _small(self) -> Sample:
        if self.size == 7:
            raise ValueError("7 is not allowed here; take 6 or 8.")
        return self


def wrong(document: dict[str, object]) -> dict[str, str]:
    problems = Problems()
    assert Sample.from_settings(document, "place", problems) is None
    return {problem.place: problem.message for problem in problems}


def test_settings_carry_what_a_form_needs() -> None:
    settings = {item.name: item for item in Sample.settings()}
    size = settings["size"]
    assert (size.type, size.low, size.high, size.low_open, size.default) == ("int", 1, 9, False, 3)
    rate = settings["rate"]
    assert (rate.type, rate.low_open, rate.high_open, rate.advanced, rate.unit) == ("float", True, True, True, "Hz")
    assert settings["mode"].choices == ("fast", "slow")
    assert settings["kernel"].type == "ints"
    assert (settings["wide"].type, settings["wide"].choices) == ("int", ("auto",))
    assert settings["cap"].optional and settings["cap"].type == "float"
    assert settings["on"].type == "bool"
    assert Sample.about() == "A sample part."


def test_all_wrong_settings_are_told_at_once_with_rule_and_received() -> None:
    told = wrong({"size": 0, "rate": "x", "mode": "fats", "wide": -1.5, "on": 1, "colour": 2})
    assert set(told) == {f"place.{name}" for name in ("size", "rate", "mode", "wide", "on", "colour")}
    assert told["place.size"] == "must be a whole number, at least 1, at most 9. Received: 0."
    assert "`fast` or `slow`" in told["place.mode"]
    assert "Sample has no setting `colour`" in told["place.colour"]


def test_a_rule_across_settings_speaks_for_itself() -> None:
    told = wrong({"size": 7})
    assert list(told) == ["place"] and "take 6 or 8" in told["place"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3", True, None, [], {}])
def test_no_wrong_type_is_bent_into_a_number(value: object) -> None:
    assert "place.size" in wrong({"size": value})


def test_a_document_round_trips_through_json() -> None:
    problems = Problems()
    part = Sample.from_settings({"kernel": [2, 3], "cap": 1, "size": 4}, "place", problems)
    assert part is not None and not len(problems)
    document = json.loads(json.dumps(part.document()))
    again = Sample.from_settings({k: v for k, v in document.items() if k != "kind"}, "place", problems)
    assert again == part
    assert set(part.document(brief=True)) == {"kind", "kernel", "cap", "size"}


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(WrongInput, match=r"no `Liner` among the layers. Did you mean `Linear`"):
        family("layers")["Linear"].parse({"kind": "Liner"})


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(WrongInput, match="Did you mean `layers`"):
        family("layer")


def test_two_parts_of_one_name_are_refused() -> None:
    layer = family("layers")["Linear"].__mro__[2]
    with pytest.raises(TypeError, match="called Linear"):
        type("Linear", (layer,), {"__module__": "elsewhere", "__doc__": "Another."})


@pytest.mark.parametrize("name", list(HOMES))
def test_every_family_has_parts_and_every_part_explains_itself(name: str) -> None:
    parts = family(name)
    assert parts and name in families()
    for kind, part in parts.items():
        assert kind == part.__name__ == part.kind()
        assert part.about(), f"{kind} has no docstring"
        for item in part.settings():
            assert isinstance(item, Setting)
            if name not in ("kinds", "encoders"):
                assert item.help, f"{kind}.{item.name} has no help"
                assert item.type != "other" or item.widget, f"{kind}.{item.name}: a form cannot show this type"


def test_parts_of_other_packages_are_discovered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that names a module under the entry-point group has it imported."""
    from dlviz.core import part as module

    loaded = []

    class Entry:
        def load(self) -> None:
            loaded.append(self)

    monkeypatch.setattr(module, "entry_points", lambda group: [Entry()] if group == "dlviz.parts" else [])
    module._load_third_party.cache_clear()
    module.discover.cache_clear()
    family("layers")
    assert len(loaded) == 1
