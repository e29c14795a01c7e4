"""Small networks and the files that other programs would write of them."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return make().eval()


def cnn(classes: int = 10) -> nn.Module:
    """For pictures of 1 × 8 × 8."""
    return seeded(
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Dropout(0.3), nn.Linear(64, classes),
        )
    )  # fmt: skip


class Reader(nn.Module):
    """For texts of 7 of 20 tokens: an embedding, two recurrent layers."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(20, 8), nn.LSTM(8, 6, bidirectional=True, batch_first=True)
        self.gru, self.head = nn.GRU(12, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.gru(self.lstm(self.embedding(x))[0])
        found: Tensor = self.head(states.mean(1))
        return found


class Attentive(nn.Module):
    """For texts of 7 of 20 tokens: a transformer's layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(20, 8), nn.Linear(8, 3)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(self.layer(self.embedding(x)).mean(1))
        return found


class Branched(nn.Module):
    """For pictures of 3 × 16 × 16: branches, several norms, sizes that change, a softmax at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8)
        self.second, self.groups = nn.Conv2d(8, 8, 3, padding="same"), nn.GroupNorm(2, 8)
        self.wider, self.up = nn.Upsample(scale_factor=2), nn.ConvTranspose2d(8, 8, 2, 2)
        self.last, self.head = nn.LayerNorm(8), nn.Linear(8, 4)
        # figures that are not 0 and 1, so that a wrong order of them would show
        nn.init.uniform_(self.norm.running_mean), nn.init.uniform_(self.norm.running_var, 0.5, 2)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        x = x + nn.functional.gelu(self.groups(self.second(x)))
        x = self.up(nn.functional.avg_pool2d(self.wider(x), 2))
        x = torch.cat([nn.functional.hardswish(x), torch.tanh(x)], 1)[:, ::2]
        return torch.softmax(self.head(self.last(x.mean((2, 3)))), 1)


PICTURES, COLOURS = (1, 8, 8), (3, 16, 16)


def pictures(count: int, shape: tuple[int, ...] = PICTURES) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(1))


def texts(count: int) -> Tensor:
    return torch.randint(0, 20, (count, 7), generator=torch.Generator().manual_seed(1))


def write_onnx(network: nn.Module, x: Tensor, path: Path, free: bool = True, new: bool = False) -> Path:
    """Export for any number of examples (`free`) or for just as many; by torch's `new` exporter or its old one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if new:
            torch.onnx.export(
                network, (x,), str(path), dynamo=True, external_data=False, verbose=False,
                dynamic_shapes=({0: torch.export.Dim.DYNAMIC},) if free else None,
            )  # fmt: skip
        else:
            torch.onnx.export(
                network, (x,), str(path), dynamo=False, input_names=["x"], output_names=["y"],
                dynamic_axes={"x": {0: "n"}, "y": {0: "n"}} if free else None,
            )  # fmt: skip
    return path


def write_export(network: nn.Module, x: Tensor, path: Path, free: bool = True, apart: bool = False) -> Path:
    """Save as a program of `torch.export`; `apart`: taken apart into torch's core operations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(network, (x,), dynamic_shapes=({0: torch.export.Dim.AUTO},) if free else None)
        torch.export.save(program.run_decompositions() if apart else program, str(path))
    return path


def graph(
    nodes: Sequence[Any], sizes: Sequence[Any], weights: Sequence[Any] = (), type: int = TensorProto.FLOAT,
    opset: int = 17, answer: Sequence[Any] | None = ("n", "m"), extra: Sequence[Any] = (),
) -> onnx.ModelProto:  # fmt: skip
    """A model of these nodes, from `x` of these sizes to `y`."""
    made = helper.make_graph(
        list(nodes), "g", [helper.make_tensor_value_info("x", type, sizes)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, answer), *extra], list(weights),
    )  # fmt: skip
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def saved(model: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path


class Harm:
    """What a hostile pickle would do: make a file. Opening one with pickle makes it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def harmful(mark: Path) -> bytes:
    return pickle.dumps(Harm(mark))


@contextmanager
def nothing_unpickles() -> Iterator[None]:
    """Within, whatever would open a pickle fails."""

    def opened(*given: Any, **named: Any) -> None:
        raise AssertionError("a pickle was opened")

    ways = ((pickle, ("load", "loads", "Unpickler")), (torch, ("load",)), (torch.jit, ("load",)),
            (torch.export, ("load",)), (torch._C, ("_pickle_load_obj",)))  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for module, names in ways:
            for name in names:
                patch.setattr(module, name, opened)
        yield


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a zip with the files in it changed; None leaves one out."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            content = change(name, before.read(name))
            if content is not None:
                after.writestr(name, content)
    return target
