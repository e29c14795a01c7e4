"""Upload: examples that do not lie on the GPU are sent there while the network learns from those before.

Written after torch's sources; the part for CUDA has never run on a GPU: none was at hand.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.datasets.data import Batch, Examples

#: Which share of a GPU's free memory a part of the data may take; the rest is for the network and its steps.
SHARE = 0.5


def placed(examples: Examples, device: torch.device) -> Examples:
    """The examples on the device; where they lie, if that is on disk or they are too many for its memory."""
    if device.type == "cuda" and not examples.on_disk:
        width = sum(column.numel() * column.element_size() for column in examples.columns.values())
        if width > SHARE * torch.cuda.mem_get_info(device)[0]:
            return examples
    return examples.to(device)


class Upload:
    """Sends gathered examples from main memory to a device."""

    def __init__(self, examples: Examples, device: torch.device | None) -> None:
        """Without a device the examples stay where they are."""
        self.device = device
        here = {column.device.type for column in examples.columns.values()}
        #: Whether there is anything to send.
        self.needed = device is not None and here != {device.type}
        self._stream = torch.cuda.Stream(device) if self.needed and device and device.type == "cuda" else None

    def send(self, batch: Batch) -> Batch:
        """The same on the device, arrived. To be called in a thread of its own: it waits."""
        if not self.needed:
            return batch
        if self._stream is None:
            return {name: column.to(self.device) for name, column in batch.items()}
        with torch.cuda.stream(self._stream):  # beside the steps that are computed meanwhile
            sent = {name: _pinned(column).to(self.device, non_blocking=True) for name, column in batch.items()}
        self._stream.synchronize()
        return sent

    def take(self, batch: Batch) -> Batch:
        """Hand what was sent to the steps: its memory must not be used anew before they are done with it."""
        if self._stream is not None:
            for column in batch.values():
                column.record_stream(torch.cuda.current_stream(self.device))
        return batch


def _pinned(column: Tensor) -> Tensor:
    """In memory that the GPU fetches by itself; as it is, where the system gives none of that."""
    try:
        return column.pin_memory()
    except RuntimeError:
        return column
