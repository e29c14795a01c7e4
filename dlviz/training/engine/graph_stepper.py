"""The graph stepper: on a GPU, all the kernels of a small network's step are started by one call.

A small step is over before Python has asked for its next kernel. So the kernels of one step (forward, loss, backward,
optimizer) are recorded once as a CUDA graph (https://docs.nvidia.com/cuda/cuda-c-programming-guide/#cuda-graphs) and
then replayed on new numbers in the same places in memory. What does not have the recorded shape, as the last batch of
an epoch, is computed step by step.

It was written after torch's sources and has never run on a GPU: none was at hand. What can be tested without one is
(`tests/training/test_graph_stepper.py`); on a GPU it is checked against plain steps before it is used, as every way is,
and whatever fails in it leaves the run to plain steps, with the reason.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from dlviz.datasets.data import Batch
from dlviz.training.batches import Stretch
from dlviz.training.engine.eager import Eager, zero_grad

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: So many steps come before the recording: torch asks for a few on a stream of their own, in which libraries settle
#: how they compute and the optimizer gets its memory. They are steps of the training as all others.
WARM_UP = 3
#: Forward operations of one step above which a GPU is busy for longer than Python needs to ask for the kernels: about
#: 100 of them at 10 µs, and 1e13 operations a second.
GRAPH_BELOW = 3e9
#: torch's optimizers whose fused step remembers everything, the count of steps too, on the device.
_OPTIMIZERS = (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW)

#: A step on the batch that lies in the fixed places: its loss, and its outputs where the task gives them.
Step = Callable[[], tuple[Tensor, Tensor | None]]


class Graph(Protocol):
    """Records a step once and replays it."""

    def warm(self, step: Step) -> tuple[Tensor, Tensor | None]:
        """Take a step in the way that comes before recording."""
        ...

    def record(self, step: Step) -> None:
        """Record a step; nothing is computed."""
        ...

    def replay(self) -> tuple[Tensor, Tensor | None]:
        """Take the step; its results lie in the same places each time."""
        ...


class CudaGraph:
    """torch's graph of kernels."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._side = device, torch.cuda.Stream(device)
        self._graph = torch.cuda.CUDAGraph()

    def warm(self, step: Step) -> tuple[Tensor, Tensor | None]:
        now = torch.cuda.current_stream(self._device)
        self._side.wait_stream(now)
        with torch.cuda.stream(self._side):
            found = step()
        now.wait_stream(self._side)
        return found

    def record(self, step: Step) -> None:
        before = torch.cuda.current_stream(self._device)
        try:  # another thread may send the next examples meanwhile
            with torch.cuda.graph(self._graph, stream=self._side, capture_error_mode="thread_local"):
                self._found = step()
        finally:
            torch.cuda.set_stream(before)  # torch leaves it where the end of a recording fails

    def replay(self) -> tuple[Tensor, Tensor | None]:
        self._graph.replay()
        return self._found


class GraphStepper(Eager):
    """Plain steps for what is new, a recorded one for the rest. It leaves the last gradients in `.grad`."""

    def __init__(self, loop: Loop) -> None:
        """Raises ValueError where `why_not` has a sentence."""
        if (why := self.why_not(loop)) is not None:
            raise ValueError(why)
        super().__init__(loop)
        self.role = next(iter(loop.networks))
        self._rate = torch.zeros((), device=loop.device)  # where the kernels read the learning rate
        self._told = 0.0  # what stands there
        self._forget()

    @staticmethod
    def why_not(loop: Loop) -> str | None:
        """Why a graph cannot serve this training, in a sentence."""
        if loop.device.type != "cuda":
            return "A recorded graph of kernels is for GPUs, and this run is on the processor."
        return unfit(loop)

    @property
    def _optimizer(self) -> torch.optim.Optimizer:
        return self.loop.optimizers[self.role]

    def take(self, stretch: Stretch, measured: bool) -> int:
        loop, step = self.loop, self.loop.step
        meter, schedulers = loop.meter, list(loop.schedulers.values())
        watcher, clock, group = loop.watcher, time.monotonic, self._optimizer.param_groups[0]
        for batch in stretch:
            step += 1
            with self._rate_on_device():
                loss, outputs = self._step(batch)
            if measured and outputs is not None:
                meter.keep(step, outputs.clone(), batch)
            close = (stretch.time(step - loop.step), float(group["lr"])) if step % meter.window == 0 else None
            meter.add(step, [(self.role, loss.clone())], close)  # the next step writes into the same place
            for scheduler in schedulers:
                scheduler.step()
            if clock() >= watcher.next_look or loop.plan.engine != "graph":
                break  # or it failed: the loop goes on with plain steps
        if self._replayed:
            for weight, gradient in zip(loop.parameters[self.role], self._gradients, strict=True):
                weight.grad = gradient
        return step - loop.step

    def changed(self) -> None:
        super().changed()
        self._forget()

    def _forget(self) -> None:
        """What is recorded holds the numbers of regularizers and the places of the optimizer's memory."""
        self._recorded, self._replayed, self._warm = False, False, 0
        self._places: Batch = {}
        self._gradients: list[Tensor | None] = []
        self._graph: Graph | None = None

    def _step(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """One step, by the graph where the batch has its shape."""
        self._replayed = False
        if not self._fits(batch):
            return self._plain(batch)
        for name, place in self._places.items():
            place.copy_(batch[name])
        if not self._recorded:
            try:
                graph = self._graph = self._graph or CudaGraph(self.loop.device)
                if self._warm == WARM_UP:
                    self._record(graph)
            except Exception as error:  # a recording changes no weight: this step can be taken plainly
                self._give_up(error)
                return self._plain(batch)
            if not self._recorded:
                self._warm += 1
                return graph.warm(lambda: self._plain(self._places))
        assert self._graph is not None
        self._replayed = True
        return self._graph.replay()

    def _fits(self, batch: Batch) -> bool:
        """Whether a batch is a whole one of the shape that is recorded, or that is to be."""
        if not self._places and len(next(iter(batch.values()))) == self.loop.batches.size:
            self._places = {name: torch.empty_like(column) for name, column in batch.items()}
        return {name: (column.shape, column.dtype) for name, column in batch.items()} == {
            name: (place.shape, place.dtype) for name, place in self._places.items()
        }

    def _record(self, graph: Graph) -> None:
        zero_grad(self.loop.parameters[self.role])  # so that the gradients get places of the graph's own
        groups = [group for group in self._optimizer.param_groups if "capturable" in group]
        before = [group["capturable"] for group in groups]
        for group in groups:
            group["capturable"] = True  # torch asks for the word; a fused step is so anyway
        try:
            graph.record(lambda: self._plain(self._places))
        finally:
            for group, was in zip(groups, before, strict=True):
                group["capturable"] = was
        self._gradients = [weight.grad for weight in self.loop.parameters[self.role]]
        self._recorded = True

    def _plain(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        loop, weights = self.loop, self.loop.parameters[self.role]
        losses = iter(loop.under_precision(loop.task.losses(self.networks, batch, loop.fields)))
        loss = next(losses)
        zero_grad(weights)
        loss.value.backward()
        for regularizer in loop.regularizers:
            regularizer.gradients(weights)
        self._optimizer.step()
        if next(losses, None) is not None:
            raise RuntimeError("the task has several losses a step")
        return loss.value.detach(), None if loss.outputs is None else loss.outputs.detach()

    @contextlib.contextmanager
    def _rate_on_device(self) -> Iterator[None]:
        """Inside, the optimizer reads its learning rate from the device: a recorded number would stay as it was. Plain
        steps read it there, too, so that it is rounded the same."""
        groups = self._optimizer.param_groups
        rates = [group["lr"] for group in groups]
        if rates[0] != self._told:
            self._rate.fill_(rates[0])
            self._told = rates[0]
        for group in groups:
            group["lr"] = self._rate
        try:
            yield
        finally:
            for group, rate in zip(groups, rates, strict=True):
                group["lr"] = rate

    def _give_up(self, error: Exception) -> None:
        self._forget()
        text = " ".join(str(error).split())[:200]
        self.loop.plainly(f"A step could not be recorded as one graph of kernels ({type(error).__name__}: {text}).")


def unfit(loop: Loop) -> str | None:
    """What in a training, whatever it runs on, does not let its steps be recorded, in a sentence."""
    if len(loop.networks) != 1:
        return "A recorded graph of kernels trains one network, and here several take turns."
    (optimizer,) = loop.optimizers.values()
    if type(optimizer) not in _OPTIMIZERS or not all(group.get("fused") for group in optimizer.param_groups):
        return f"A recorded graph of kernels needs SGD, Adam or AdamW, and this is {type(optimizer).__name__}."
    if loop.batches.used < loop.batches.size:
        return "A recorded graph of kernels needs whole batches, and the data fill none."
    return None
