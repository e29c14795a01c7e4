"""Code read back into a drawing: what people paste, and what they should not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from dlviz.core.problems import Problems, WrongInput
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.network.read_code import Found, read

IMAGE = {"image": (1, 28, 28)}


def brief(found: Found) -> list[str]:
    """`name:Kind<inputs` of each node."""
    return [f"{node['name']}:{node['kind']}<{','.join(node['inputs'])}" for node in found.nodes]


def drawn(found: Found) -> Graph:
    problems = Problems()
    graph = Graph.parse(found.nodes, "networks.model", problems)
    assert graph is not None, list(problems)
    return graph


SEQUENTIAL = """
import torch.nn as nn
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1, bias=False),  # a comment
    nn.ReLU(inplace=True),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
"""


def test_a_sequential_is_read() -> None:
    found = read(SEQUENTIAL)
    assert found.nodes == [
        {"name": "input", "kind": "Input", "inputs": []},
        {"name": "conv2d", "kind": "Conv2d", "out_channels": 8, "padding": 1, "bias": False, "inputs": ["input"]},
        {"name": "relu", "kind": "ReLU", "inputs": ["conv2d"]},
        {"name": "maxpool2d", "kind": "MaxPool2d", "inputs": ["relu"]},
        {"name": "flatten", "kind": "Flatten", "inputs": ["maxpool2d"]},
        {"name": "linear", "kind": "Linear", "out_features": 10, "inputs": ["flatten"]},
    ]
    assert (found.title, found.unread, found.others) == ("model", [], [])


@pytest.mark.parametrize(
    "text",
    [
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
        "torch.nn.Sequential(torch.nn.Flatten(1), torch.nn.Linear(in_features=784, out_features=10))",
        "from torch.nn import *\nnet: Module = Sequential(Flatten(), Linear(784, 10))",
        "import torch.nn as t\nn = 10\nnet = t.Sequential(t.Flatten(), t.Linear(28 ** 2, n)).to('cpu')",
        "def make(n):\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, n))\nnet = make(10)",
        "parts = [nn.Flatten()]\nparts.append(nn.Linear(784, 10))\nnet = nn.Sequential(*parts)",
        "sizes = [784, 10]\nnet = nn.Sequential(nn.Flatten(), *[nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])",
        "class N(nn.Sequential):\n  def __init__(self):\n    super().__init__(nn.Flatten(), nn.Linear(784, 10))",
        "net = nn.Sequential()\nnet.add_module('flatten', nn.Flatten())\nnet.append(nn.Linear(784, 10))",
    ],
)
def test_a_sequential_may_be_written_in_many_ways(text: str) -> None:
    found = read(text)
    assert brief(found) == ["input:Input<", "flatten:Flatten<input", "linear:Linear<flatten"]
    assert found.nodes[-1]["out_features"] == 10 and not found.unread


def test_names_of_an_ordered_dict_are_kept_and_nested_ones_are_joined() -> None:
    found = read("""
net = nn.Sequential(OrderedDict([("conv", nn.Conv2d(1, 8, 3)), ("act", nn.ReLU()),
    ("head", nn.Sequential(nn.Flatten(), nn.Linear(5, 10)))]))
""")
    assert brief(found) == [
        "input:Input<", "conv:Conv2d<input", "act:ReLU<conv", "head_0:Flatten<act", "head_1:Linear<head_0",
    ]  # fmt: skip


LENET = """
import torch, torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    '''As in many a tutorial.'''

    def __init__(self, num_classes=10):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, (5, 5), padding='valid')
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = x.view(-1, self.flat(x))
        x = self.drop(F.leaky_relu(self.fc1(x), negative_slope=0.2))
        return self.fc2(x)

    def flat(self, x):
        return x.size(1) * x.size(2) * x.size(3)

net = Net(7)
print(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    optimizer.step()
"""


def test_a_class_is_read_as_torch_would_run_it() -> None:
    found = read(LENET)
    assert brief(found) == [
        "input:Input<", "conv1:Conv2d<input", "relu:ReLU<conv1", "pool:MaxPool2d<relu", "conv2:Conv2d<pool",
        "relu_2:ReLU<conv2", "pool_2:MaxPool2d<relu_2", "flatten:Flatten<pool_2", "fc1:Linear<flatten",
        "leakyrelu:LeakyReLU<fc1", "drop:Dropout<leakyrelu", "fc2:Linear<drop",
    ]  # fmt: skip
    assert found.title == "Net" and not found.unread
    space: dict[str, Any] = {}
    exec(LENET.split("net = Net(7)")[0], space)  # the text of this test
    theirs = space["Net"](7).eval()
    ours = build(drawn(found), IMAGE, None).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.rand(3, 1, 28, 28)
    assert torch.equal(ours(x), theirs(x))


RESNET = """
class Basic(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(nn.Conv2d(in_planes, self.expansion * planes, 1, stride=stride))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.conv2(out)
        out += self.shortcut(x)
        return F.relu(out)

class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=10):
        super().__init__()
        self.in_planes = 8
        self.conv = nn.Conv2d(1, 8, 3)
        self.layer1 = self._make_layer(block, 8, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(block, 16, num_blocks[1], stride=2)
        self.linear = nn.Linear(16 * block.expansion, num_classes)

    def _make_layer(self, block, planes, num_blocks, stride):
        layers = []
        for stride in [stride] + [1] * (num_blocks - 1):
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = self.layer2(self.layer1(self.conv(x)))
        return self.linear(out.mean(dim=(2, 3)))

net = ResNet(Basic, [3, 2])
"""


def test_classes_in_classes_become_blocks_and_equal_ones_in_a_row_repeat() -> None:
    found = read(RESNET)
    assert brief(found) == [
        "input:Input<", "conv:Conv2d<input", "layer1:Block<conv", "layer2_0:Block<layer1", "layer2_1:Block<layer2_0",
        "adaptiveavgpool2d:AdaptiveAvgPool2d<layer2_1", "flatten:Flatten<adaptiveavgpool2d", "linear:Linear<flatten",
    ]  # fmt: skip
    blocks = [node for node in found.nodes if node["kind"] == "Block"]
    assert [block["title"] for block in blocks] == ["Basic"] * 3
    assert [block.get("repeat", 1) for block in blocks] == [3, 1, 1]
    assert blocks[1]["settings"] == {"planes": 16, "stride": 2}
    convolution = blocks[1]["nodes"][1]
    assert (convolution["name"], convolution["out_channels"], convolution["stride"]) == ("conv1", "$planes", "$stride")
    assert not found.unread
    space: dict[str, Any] = {"nn": nn, "F": nn.functional}
    exec(RESNET.replace("block.expansion", "1"), space)  # the text of this test
    theirs = space["net"].eval()
    ours = build(drawn(found), IMAGE, None).eval()
    weights = {key.replace("layer2.", "layer2_").replace("shortcut.0", "shortcut_0"): value
               for key, value in theirs.state_dict().items()}  # fmt: skip
    ours.load_state_dict(weights)
    x = torch.rand(2, 1, 28, 28)
    torch.testing.assert_close(ours(x), theirs(x))


def test_several_inputs_branches_and_skips() -> None:
    found = read("""
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(4, 8), nn.Linear(3, 8)
        self.gate = nn.Sequential(nn.Linear(8, 8), nn.Sigmoid())

    def forward(self, a, b):
        a = self.left(a)
        both = a + self.right(b)
        both = both * self.gate(both)
        return torch.cat([both, a], dim=-1)
""")
    assert brief(found) == [
        "a:Input<", "b:Input<", "left:Linear<a", "right:Linear<b", "add:Add<left,right", "gate_0:Linear<add",
        "gate_1:Sigmoid<gate_0", "multiply:Multiply<add,gate_1", "concat:Concat<multiply,left",
    ]  # fmt: skip
    assert found.nodes[-1]["dim"] == -1 and not found.unread


@pytest.mark.parametrize(
    ("use", "kinds"),
    [
        ("out, _ = self.lstm(x)\n        return self.fc(out[:, -1])", ["LSTM", "PoolSteps", "Linear"]),
        ("out, (h, c) = self.lstm(x)\n        return self.fc(h[-1])", ["LSTM", "Linear"]),
        ("out = self.lstm(x)[0]\n        return self.fc(out.mean(dim=1))", ["LSTM", "PoolSteps", "Linear"]),
    ],
)
def test_what_a_recurrent_layer_gives(use: str, kinds: list[str]) -> None:
    found = read(f"""
class Words(nn.Module):
    def __init__(self, vocabulary, size=32):
        super().__init__()
        self.table = nn.Embedding(vocabulary, size)
        self.lstm = nn.LSTM(size, 3 * size, batch_first=True)
        self.fc = nn.Linear(3 * size, 2)

    def forward(self, ids):
        x = self.table(ids)
        {use}
""")
    assert [node["kind"] for node in found.nodes] == ["Input", "Embedding", *kinds]
    assert found.nodes[2]["hidden_size"] == 96
    assert found.nodes[2].get("output") == ("last" if "h[" in use else None)


def test_both_directions_joined_are_the_last_state() -> None:
    found = read("""
class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 16, bidirectional=True)
        self.fc = nn.Linear(32, 2)
    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))
""")
    assert [node["kind"] for node in found.nodes] == ["Input", "GRU", "Linear"]
    assert found.nodes[1]["output"] == "last" and found.nodes[1]["bidirectional"] is True
    (told,) = found.unread
    assert "batch_first=True" in told


def test_a_printout_is_read() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 8, 3, padding="same")
            self.norm = nn.BatchNorm2d(8, eps=0.001)
            self.features = nn.Sequential(nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten())
            self.fc = nn.Sequential(*[nn.Linear(8, 8, bias=False) for _ in range(3)])
            self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True)

    found = read(str(Net()))
    assert brief(found) == [
        "input:Input<", "conv1:Conv2d<input", "norm:BatchNorm2d<conv1", "features_0:ReLU<norm",
        "features_1:MaxPool2d<features_0", "features_2:Flatten<features_1", "fc_0:Linear<features_2",
        "fc_1:Linear<fc_0", "fc_2:Linear<fc_1", "lstm:LSTM<fc_2",
    ]  # fmt: skip
    assert found.nodes[1] == {
        "name": "conv1",
        "kind": "Conv2d",
        "out_channels": 8,
        "padding": "same",
        "inputs": ["input"],
    }
    assert found.nodes[2]["eps"] == 0.001 and found.nodes[4] == {
        "name": "features_1", "kind": "MaxPool2d", "inputs": ["features_0"]
    }  # fmt: skip
    assert found.nodes[-1]["num_layers"] == 2
    assert found.title == "Net" and "one after the other" in found.unread[0]
    assert not read(str(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))).unread


def test_what_torch_prints_of_our_own_module_is_read_with_its_wiring() -> None:
    document = ["Input", {"kind": "Conv2d", "padding": "same"}, "ReLU", {"kind": "Add", "inputs": ["conv2d", "relu"]}]
    problems = Problems()
    graph = Graph.parse(document, "", problems)
    assert graph is not None
    network = build(graph, {"image": (16, 8, 8)}, None)
    found = read(str(network).replace("Sum()", "Identity()"))  # a name that torch has: a printout brings no source
    assert [node["inputs"] for node in found.nodes] == [[], ["input"], ["conv2d"], ["conv2d", "relu"]]


def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_is_drawn() -> None:
    found = read("""class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.fold = nn.Fold(4, 2)
        self.conv = nn.Conv2d(1, 8, 3, dtype=torch.float64, kernels=5)
        self.far = nn.Linear(8, 99999999)
        self.other = timm.create_model("resnet18")
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        x = self.fold(x)
        y = self.unused(x)
        x = self.conv(x) - 0.5
        x = torch.fft.fft(x)
        while x.sum() > 0:
            x = self.conv(x)
        if x.mean() > 0:
            x = self.conv(x)
        x = self.other(x)
        return self.far(x), x
""")
    assert [node["kind"] for node in found.nodes] == ["Input", "Conv2d", "Linear"]
    assert found.nodes[-1].get("out_features") is None
    told = "\n".join(found.unread)
    for line, word in [(4, "Fold"), (5, "dtype"), (5, "kernels"), (6, "out_features"), (13, "`-`"), (14, "fft"),
                       (15, "while"), (17, "if"), (19, "other"), (20, "first"), (20, "unused")]:  # fmt: skip
        assert any(one.startswith(f"Line {line}: ") and word in one for one in found.unread), (line, word, told)


def test_a_squeeze_that_may_be_another_than_flatten_is_told() -> None:
    code = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.before = {}
    def forward(self, x):
        return self.before(x).squeeze({})
"""
    sure, unsure = read(code.format("nn.AdaptiveAvgPool2d(1)", "")), read(code.format("nn.Conv2d(3, 1, 3)", 1))
    assert [found.nodes[-1]["kind"] for found in (sure, unsure)] == ["Flatten", "Flatten"]
    assert sure.unread == []
    assert len(unsure.unread) == 1 and unsure.unread[0].startswith("Line 6: `squeeze` is drawn as Flatten")


def test_weights_that_two_places_share_are_told() -> None:
    found = read("""
class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.act = nn.Linear(4, 4), nn.ReLU()
    def forward(self, x):
        return self.act(self.fc(self.act(self.fc(x))))
""")
    assert [node["name"] for node in found.nodes] == ["input", "fc", "act", "fc_2", "act_2"]
    (told,) = found.unread
    assert "`fc` is used more than once" in told


def test_one_of_several_networks_is_chosen() -> None:
    text = "\n".join(
        f"class {name}(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.fc = nn.Linear({size}, 2)\n"
        f"  def forward(self, x):\n    return self.fc(x)\n"
        for name, size in (("Generator", 8), ("Discriminator", 3))
    )
    assert (read(text).title, read(text).others) == ("Discriminator", ["Generator"])
    assert read(text, "Generator").title == "Generator"
    with pytest.raises(WrongInput):
        read(text, "Nobody")


NESTED = "class A(nn.Module):\n  def __init__(self):\n    self.a = {0}\n  def forward(self, x):\n    return {1}\n"
HOSTILE = {
    "nothing": " \n",
    "prose": "The quick brown fox jumps over the lazy dog.",
    "no network": "import os\nos.system('touch /tmp/dlviz-was-here')\nx = __import__('os')\n",
    "keras": "model = Sequential([Dense(10)])",
    "two million letters": "x" * 2_000_000,
    "zero bytes": "nn.Linear(1\0, 2)",
    "half a pair": "x = '\ud800'",
    "brackets": "(" * 100_000,
    "minus": "-" * 100_000 + "1",
    "dots": "a" + ".a" * 60_000,
    "sums": "x = 1" + "+1" * 60_000,
    "calls": "f" + "()" * 60_000,
    "not": "not " * 40_000 + "1",
    "powers": "x = 9" + "**9" * 50,
    "a long number": "x = " + "9" * 100_000,
    "a large number": "nn.Sequential(nn.Linear(1, 0x" + "f" * 10_000 + "))",
    "bytes": "nn.Sequential(nn.Linear(b'1', 1j))",
    "branches": "if a:\n  1\n" + "elif a:\n  1\n" * 10_000,
    "endless calls": "def f():\n  return f()\nnet = f()",
    "endless classes": NESTED.format("A()", "x"),
    "own base": "class A(A):\n  def forward(self, x):\n    return self.a(x)",
    "bases in a ring": "class A(B):\n  pass\nclass B(A):\n  def forward(self, x):\n    return self.a(x)",
    "itself": NESTED.format("self", "self(x)"),
    "a list in itself": "a = []\na.append(a)\nnn.Sequential(*a)",
    "a chain in itself": "a = nn.Sequential()\na.append(a)",
    "long loops": NESTED.format("nn.ReLU()", "x")
    + "    for i in range(10**9):\n      for j in range(10**9):\n        x = 1\n",
    "growing lists": "a = [1]\nfor i in range(4000):\n  a = a + a\nb = a * 10**9\n",
    "growing texts": "a = 'x'\nfor i in range(4000):\n  a = a + a\n",
    "wide": "nn.Sequential(" + "nn.ReLU()," * 9_000 + ")",
    "a printout of nothing": "Net(\n  (a): B(\n  )\n)",
    "a deep printout": "A(\n" + "  (a): A(\n" * 5_000,
    "a wide printout": "Sequential(\n" + "  (0-200): 256 x ReLU()\n" * 5_000,
    "a printout with odd numbers": "Sequential(\n  (0): Linear(in_features=nan, out_features=1e999, bias=[[[[[]]]]])\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_network_gets_a_sentence(name: str) -> None:
    try:
        found = read(HOSTILE[name])
    except WrongInput as refusal:
        assert len(str(refusal)) < 1000 and str(refusal).strip() and "Traceback" not in str(refusal)
    else:
        assert len(found.nodes) <= 2000 and all(len(one) <= 300 for one in found.unread)


def test_nothing_is_executed(tmp_path: Any) -> None:
    mark = tmp_path / "mark"
    for text in (
        f"nn.Sequential(nn.Linear(1, open({str(mark)!r}, 'w').write('x')))",
        f"import os\nclass A(nn.Module):\n  def __init__(self):\n    os.system('touch {mark}')\n"
        f"    self.f = nn.ReLU()\n  def forward(self, x):\n    exec('open(1)')\n    return self.f(x)",
        f"Sequential(\n  (0): Linear(in_features=open({str(mark)!r}, 'w'), out_features=3)\n)",
    ):
        assert read(text).nodes
    assert not mark.exists()
