"""Which templates there are for a task and its data."""

from __future__ import annotations

from dataclasses import dataclass

from dlviz.datasets.data import Fields
from dlviz.tasks.task import Task
from dlviz.templates.template import Template


@dataclass(frozen=True)
class Offer:
    """A template as a gallery shows it; `why_not`: the reason why it does not fit, None where it does."""

    template: Template
    why_not: str | None

    @property
    def title(self) -> str:
        return self.template.title

    @property
    def about(self) -> str:
        return self.template.about()


def for_(task: Task, fields: Fields) -> list[Offer]:
    """All templates, those that fit first, each group in the order of history."""
    offers = [Offer(kind(), kind().why_not(task, fields)) for kind in Template.kinds().values()]
    return sorted(offers, key=lambda offer: (offer.why_not is not None, offer.template.year, offer.title))
