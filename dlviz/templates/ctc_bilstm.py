"""CtcBilstm: LSTMs from both ends that say at each moment of a sound which letter is heard."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.speech_recognition import SpeechRecognition
from dlviz.tasks.speech_starters import ctc_crnn
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import named
from dlviz.templates.template import Template


class CtcBilstm(Template):
    """Two LSTMs hear a sound, one from each end; at each moment their states stand side by side and say which letter is
    heard, or that nothing new is. Trained by CTC, nobody needs to say when each letter was spoken.

    The paper's LSTMs read every hundredth of a second of cepstra; here two convolutions look at a log-mel picture first
    and pass on every other moment, as became usual later (Amodei et al. 2016).
    """

    title: ClassVar[str] = "Bidirectional LSTM with CTC"
    paper: ClassVar[str] = (
        "Graves, Fernández, Gomez & Schmidhuber, Connectionist temporal classification: labelling unsegmented sequence "
        "data with recurrent neural networks (2006)"
    )
    year: ClassVar[int] = 2006

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if isinstance(task, SpeechRecognition):
            return None
        return f"{self.title} writes down what is said in a sound; this data has {named(fields)}, for {task.kind()}."

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        return {"model": graph(ctc_crnn(fields, kind="LSTM"))}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "SpokenStrings", "digits": 1}}
