"""What a probe part is: it looks at a network between two steps and says what it saw, in arrays and in numbers."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.frames import Frame
from dlviz.core.part import Part
from dlviz.probes.scene import Scene


class Probe(Part, family="probes"):
    """One thing that is seen of a network while it learns.

    It gets copies of the networks, so nothing that it does can change the course of the training. It runs within the
    time that a run may spend on being looked at; a dear probe comes more seldom.
    """

    #: Its share of the time for looking, beside the 1 of most probes.
    share: ClassVar[float] = 1.0
    #: What it is taken to cost before it has run for the first time, in seconds; None: about a step.
    guess: ClassVar[float | None] = None
    #: What it takes of the scene that is worked out once for all probes: "passed", "seen", "judged".
    needs: ClassVar[tuple[str, ...]] = ()
    #: Whether it compares the weights with those of one step earlier (`scene.before`).
    compares: ClassVar[bool] = False

    def why_not(self, scene: Scene) -> str | None:
        """Why there is nothing for it to see in such a run, in a sentence; None: there is. Asked once a run."""
        return None

    def look(self, scene: Scene) -> Frame | None:
        """What to draw; None where there is nothing just now."""
        return None

    def signals(self, scene: Scene) -> dict[str, float]:
        """Numbers to follow over time: `{"<signal>.<path of the node>": number}`."""
        return {}

    @classmethod
    def name(cls) -> str:
        """What its frames are called: its kind in small letters."""
        return cls.kind().lower()
