"""The contract of the family, over all probes and kinds of run."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from dlviz.core.frames import pack, unpack
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene, Stage, weights_of
from dlviz.training.loop import Loop
from tests.probes.scenes import SPECS, loop_of, scene_of, stage_of

PROBES = [kind for name, kind in Probe.kinds().items() if name != "Umap"]  # which is optional


@cache
def made(name: str) -> tuple[Loop, Stage]:
    loop = loop_of(name)
    return loop, stage_of(loop)


def fresh(name: str) -> Scene:
    loop, stage = made(name)
    return scene_of(loop, stage, weights_of(loop.networks))


@pytest.mark.parametrize("kind", PROBES, ids=lambda kind: kind.kind())
def test_it_says_what_it_shows(kind: type[Probe]) -> None:
    assert kind.about().endswith(".") and len(kind.about()) > 20 and kind.__doc__
    assert set(kind.needs) <= {"passed", "seen", "judged"} and kind.share > 0
    assert kind.name() == kind.name().lower() and kind.name().isidentifier()


@pytest.mark.parametrize("name", list(SPECS))
@pytest.mark.parametrize("kind", PROBES, ids=lambda kind: kind.kind())
def test_it_sees_something_or_says_why_not(kind: type[Probe], name: str) -> None:
    loop, stage = made(name)
    before = [tensor.clone() for network in loop.networks.values() for tensor in network.state_dict().values()]
    twins = [tensor.clone() for network in stage.networks.values() for tensor in network.state_dict().values()]
    probe, scene = kind(), fresh(name)
    with loop.own_chance("moments"):
        reason = probe.why_not(scene)
        if reason is not None:
            assert reason.endswith(".") and reason[0].isupper()
            return
        scene = fresh(name)
        frame = probe.look(scene)
        signals = probe.signals(scene)
    assert set(scene.shared) <= set(kind.needs), "what it takes of the scene stands in `needs`"
    assert frame is not None and frame.probe == kind.name()
    content = pack(frame)
    back = unpack(content)
    assert back is not None and list(back.arrays) == list(frame.arrays) and len(content) < 400_000
    paths = {place.path for place in stage.places}
    for signal, value in signals.items():
        called, path = signal.split(".", 1)
        assert called and path in paths and isinstance(value, float)
    after = [tensor for network in loop.networks.values() for tensor in network.state_dict().values()]
    assert all(map(torch.equal, before, after)), "it changed the network that learns"
    now = [tensor for network in stage.networks.values() for tensor in network.state_dict().values()]
    counters = [tensor.dtype == torch.int64 for tensor in now]  # how often batch normalisation was called
    assert all(torch.equal(a, b) or c for a, b, c in zip(twins, now, counters, strict=True)), "it changed the copy"
    assert all(weight.grad is None for network in stage.networks.values() for weight in network.parameters())
    assert not any(module.training for network in stage.networks.values() for module in network.modules())
    hooks = [
        module._forward_hooks or module._forward_pre_hooks
        for net in stage.networks.values()
        for module in net.modules()
    ]
    assert not any(hooks), "hooks are left behind"


@pytest.mark.parametrize("name", list(SPECS))
def test_two_looks_at_the_same_moment_see_the_same(name: str) -> None:
    loop, _ = made(name)
    found = []
    for _ in range(2):
        scene = fresh(name)
        with loop.own_chance("moments"):
            probes = [kind() for kind in PROBES if kind().why_not(scene) is None]
        for probe in probes:
            with loop.own_chance("moments"):
                frame = probe.look(fresh(name))
            found.append(pack(frame) if frame is not None else b"")
    assert found[: len(found) // 2] == found[len(found) // 2 :]
