"""Which templates there are for a task and its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task
from dlviz.templates.template import Template


@dataclass(frozen=True)
class Offer:
    """A template as a gallery shows it. `why_not`: the reason why it does not fit, None where it does. `task`: the
    document of another task with which it would fit these data, else None."""

    template: Template
    why_not: str | None
    task: dict[str, Any] | None = None

    @property
    def title(self) -> str:
        return self.template.title

    @property
    def about(self) -> str:
        return self.template.about()


def for_(task: Task, fields: Fields) -> list[Offer]:
    """All templates: those that fit, then those that fit with another task, then the rest; each in the order of
    history."""
    offers = [_offer(kind(), task, fields) for kind in Template.kinds().values()]
    return sorted(offers, key=lambda offer: (_rank(offer), offer.template.year, offer.title))


def _offer(template: Template, task: Task, fields: Fields) -> Offer:
    why = template.why_not(task, fields)
    if why is None or template.task is None:
        return Offer(template, why)
    other = Task.parse(template.task)
    fits = other is not None and template.why_not(other, fields) is None
    return Offer(template, why, dict(template.task) if fits else None)


def _rank(offer: Offer) -> int:
    return 0 if offer.why_not is None else 1 if offer.task is not None else 2
