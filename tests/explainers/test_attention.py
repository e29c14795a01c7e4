"""Attention is captured without changing anything, and put together as its papers say."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from attending import continuing, decided_by_a_word, writing
from stand_ins import CLASSES, TEXT, data, examples
from torch import Tensor, nn

from dlviz.asking.answer import ask
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Kind
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.attention_capture import Attended, capturing
from dlviz.explainers.attention_relevance import gradient_relevance, look_gradients, rollout
from dlviz.explainers.attention_sides import Side, Sided, sided
from dlviz.explainers.explainer import Explainer, Question
from dlviz.layers.multihead_attention import Attention
from dlviz.layers.transformer_decoder_layer import DecoderLayer
from dlviz.layers.transformer_encoder_layer import EncoderLayer
from dlviz.tasks.classification import Classification
from dlviz.tasks.task import Networks

METHODS = ("AttentionWeights", "AttentionRollout", "GradientAttention")
WIDTH, HEADS = 8, 2


class Reads(nn.Module):
    """Texts, through an encoder made elsewhere: torch's own layers."""

    def __init__(self, batch_first: bool, norm_first: bool, outputs: int = 3) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.embedding = nn.Embedding(len(TEXT.vocabulary), WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 16, 0.1, batch_first=batch_first, norm_first=norm_first)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says when it will not use nested tensors
            self.encoder = nn.TransformerEncoder(layer, 2)
        self.output = nn.Linear(WIDTH, outputs)

    def forward(self, x: Tensor) -> Tensor:
        there = (x != 0)[..., None].float()
        h = self.embedding(x)
        h = h if self.batch_first else h.transpose(0, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nested tensors are a prototype
            h = self.encoder(h, src_key_padding_mask=x == 0)
        h = h if self.batch_first else h.transpose(0, 1)
        joined: Tensor = self.output((h * there).sum(1) / there.sum(1))
        return joined


class Own(nn.Module):
    """Torch's attention by itself; its averaged weights are part of the answer."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(TEXT.vocabulary), WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.output = nn.Linear(WIDTH + 1, outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embedding(x)
        gathered, weights = self.attention(h, h, h, x == 0)
        assert weights.dim() == 3
        joined: Tensor = self.output(torch.cat([gathered.mean(1), weights.amax((1, 2))[:, None]], 1))
        return joined


class Writes(nn.Module):
    """Torch's encoder and decoder together."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(TEXT.vocabulary), WIDTH)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.transformer = nn.Transformer(WIDTH, HEADS, 1, 1, 16, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embedding(x)
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        out: Tensor = self.transformer(h, h.flip(1), tgt_mask=mask, tgt_is_causal=True)
        return out


def texts(count: int = 5) -> Tensor:
    return examples(TEXT, count)


NETWORKS: dict[str, Any] = {
    "dlviz": lambda: decided_by_a_word().network,
    "torch": lambda: Reads(True, False),
    "torch, steps first": lambda: Reads(False, True),
    "torch, its own": Own,
    "torch, encoder and decoder": Writes,
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("gradient", [True, False])
def test_capturing_changes_no_answer_and_leaves_nothing_behind(name: str, frozen: bool, gradient: bool) -> None:
    torch.manual_seed(0)
    network = copy.deepcopy(NETWORKS[name]()).eval().requires_grad_(not frozen)
    x = texts()
    before = copy.deepcopy(network.state_dict())
    with torch.no_grad():
        plain = network(x)
    for fast in (True, False):
        torch.backends.mha.set_fastpath_enabled(fast)
        try:
            with torch.set_grad_enabled(gradient), capturing({"model": network}) as found:
                captured = network(x)
            assert torch.backends.mha.get_fastpath_enabled() is fast
        finally:
            torch.backends.mha.set_fastpath_enabled(True)
        assert (captured - plain).abs().max() <= 4e-6
    assert found and all(each.weights.requires_grad is gradient for each in found)
    for each in found:
        torch.testing.assert_close(each.weights.sum(3), torch.ones(each.weights.shape[:3]))
    with torch.no_grad():
        assert torch.equal(network(x), plain)
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert all(parameter.requires_grad is not frozen for parameter in network.parameters())
    for module in network.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks
        if isinstance(module, Attention):
            assert module.need_weights is False and module.weights is None


def test_everything_is_put_back_where_a_pass_breaks() -> None:
    network = Own().eval()
    with pytest.raises(IndexError), capturing({"model": network}):
        network(torch.full((1, 3), 10**6))
    assert torch.backends.mha.get_fastpath_enabled()
    assert not network.attention._forward_hooks and not network.attention._forward_pre_hooks


def by_hand(network: Own, x: Tensor) -> Tensor:
    """(N, heads, L, S) softmax(Q Kᵀ / √d) of torch's attention."""
    h, one = network.embedding(x), network.attention
    q, k, _ = nn.functional.linear(h, one.in_proj_weight, one.in_proj_bias).chunk(3, 2)
    q, k = (y.unflatten(2, (HEADS, -1)).transpose(1, 2) for y in (q, k))
    scores = q @ k.transpose(2, 3) / (WIDTH / HEADS) ** 0.5
    return scores.masked_fill((x == 0)[:, None, None], float("-inf")).softmax(3)


def test_the_weights_are_those_of_the_formula() -> None:
    torch.manual_seed(0)
    network, x = Own().eval(), texts()
    with capturing({"model": network}) as found:
        network(x)
    torch.testing.assert_close(found[0].weights, by_hand(network, x))


def twin(layer: nn.Module, norm_first: bool) -> nn.Module:
    """Torch's transformer layer with the weights of dlviz's."""
    decodes = isinstance(layer, DecoderLayer)
    made: nn.Module = (nn.TransformerDecoderLayer if decodes else nn.TransformerEncoderLayer)(
        WIDTH, HEADS, 16, 0.1, batch_first=True, norm_first=norm_first
    )
    state = {}
    for name, tensor in layer.state_dict().items():
        if "_proj" not in name or "out_proj" in name:
            state[name] = tensor
    for attention in ("self_attn", "multihead_attn") if decodes else ("self_attn",):
        own = layer.get_submodule(attention)
        parts = [own.get_submodule(f"{letter}_proj") for letter in "qkv"]
        state[f"{attention}.in_proj_weight"] = torch.cat([part.weight for part in parts])  # type: ignore[misc]
        state[f"{attention}.in_proj_bias"] = torch.cat([part.bias for part in parts])  # type: ignore[misc]
    made.load_state_dict(state)
    return made.eval()


@pytest.mark.parametrize("norm_first", [True, False])
def test_torchs_layers_tell_the_same_looks_and_gradients_as_ours(norm_first: bool) -> None:
    torch.manual_seed(0)
    x, memory = torch.randn(1, 5, WIDTH), torch.randn(1, 7, WIDTH)
    causal = nn.Transformer.generate_square_subsequent_mask(5)
    ours: list[nn.Module] = [
        EncoderLayer(WIDTH, HEADS, 16, norm_first=norm_first), DecoderLayer(WIDTH, HEADS, 16, norm_first=norm_first),
    ]  # fmt: skip
    for layer in ours:
        layer.eval().requires_grad_(False)
        theirs = twin(layer, norm_first).requires_grad_(False)
        given = (x, memory) if isinstance(layer, DecoderLayer) else (x,)
        with capturing({"model": layer}) as found:
            one = layer(*given)
        with capturing({"model": theirs}) as again:
            other = theirs(x, memory, tgt_mask=causal, tgt_is_causal=True) if len(given) > 1 else theirs(x)
        torch.testing.assert_close(one, other)
        assert len(found) == len(again) == len(given)
        gradients = []
        for calls, output in ((found, one), (again, other)):
            slopes = torch.autograd.grad(output[0, 2, 3], [each.inside for each in calls])
            gradients.append([slope.view_as(each.weights) for slope, each in zip(slopes, calls, strict=True)])
        for each, twice, slope, alike in zip(found, again, *gradients, strict=True):
            torch.testing.assert_close(each.weights, twice.weights)
            torch.testing.assert_close(slope, alike)
            assert slope.abs().sum() > 0


def test_the_gradient_is_that_of_the_tensor_in_the_graph() -> None:
    """score = u · out(concat over heads of A V): ∂score/∂A_hqk = (Wₒᵀ u)_h · v_hk at the query asked, else 0."""
    torch.manual_seed(0)
    network, x, u = Own().eval(), texts(1), torch.randn(WIDTH)
    with capturing({"model": network}) as found:
        network(x)
    score = found[0].gathered[0, 1] @ u
    (slope,) = torch.autograd.grad(score, found[0].inside)
    one, h = network.attention, network.embedding(x)
    v = nn.functional.linear(h, one.in_proj_weight, one.in_proj_bias).chunk(3, 2)[2].unflatten(2, (HEADS, -1))[0]
    per_head = (u @ one.out_proj.weight).unflatten(0, (HEADS, -1))
    expected = torch.zeros(HEADS, x.shape[1], x.shape[1])
    expected[:, 1] = torch.einsum("hd,khd->hk", per_head, v)
    torch.testing.assert_close(slope.view_as(found[0].weights)[0], expected)


# ---- put together -----------------------------------------------------------------------------------------------

TEXT_SIDE: Side = ("text", 3)
OTHER_SIDE: Side = ("other", 2)


def layer(weights: Any, queries: Side = TEXT_SIDE, keys: Side = TEXT_SIDE) -> Sided:
    own = torch.as_tensor(np.asarray(weights), dtype=torch.float32)[None]
    return Sided(Attended("model.x", own, own, own, own, own, False), queries, keys)


def looks(seed: int, queries: int, keys: int) -> Any:
    return np.random.default_rng(seed).dirichlet(np.ones(keys), (HEADS, queries))


def test_rollout_is_the_product_of_all_layers() -> None:
    one, two = looks(0, 3, 3), looks(1, 3, 3)
    half = [0.5 * weights.mean(0) + 0.5 * np.eye(3) for weights in (one, two)]
    found = rollout([layer(one), layer(two)])[TEXT_SIDE, TEXT_SIDE]
    np.testing.assert_allclose(found, half[1] @ half[0], atol=1e-7)
    bare = rollout([layer(one), layer(two)], residual=0.0)[TEXT_SIDE, TEXT_SIDE]
    np.testing.assert_allclose(bare, two.mean(0) @ one.mean(0), atol=1e-7)


def test_rollout_over_two_texts_divides_all_among_them() -> None:
    reads, across = looks(0, 2, 2), looks(1, 3, 2)
    found = rollout([layer(reads, OTHER_SIDE, OTHER_SIDE), layer(across, TEXT_SIDE, OTHER_SIDE)])
    half = 0.5 * reads.mean(0) + 0.5 * np.eye(2)
    np.testing.assert_allclose(found[TEXT_SIDE, OTHER_SIDE], 0.5 * across.mean(0) @ half, atol=1e-7)
    np.testing.assert_allclose(found[TEXT_SIDE, TEXT_SIDE], 0.5 * np.eye(3), atol=1e-7)
    np.testing.assert_allclose(found[OTHER_SIDE, TEXT_SIDE], 0)


def positive(weights: Any, slope: Any) -> Any:
    return np.clip(weights * slope, 0, None).mean(0)


def test_gradient_relevance_of_self_attention() -> None:
    one, two = looks(0, 3, 3), looks(1, 3, 3)
    slopes = np.random.default_rng(2).normal(size=(2, HEADS, 3, 3))
    given = [torch.as_tensor(slope)[None] for slope in slopes]
    found = gradient_relevance([layer(one), layer(two)], given)[TEXT_SIDE, TEXT_SIDE]
    first = np.eye(3) + positive(one, slopes[0])
    np.testing.assert_allclose(found, first + positive(two, slopes[1]) @ first, atol=1e-6)


def test_gradient_relevance_of_encoder_and_decoder() -> None:
    """The paper's rules, written out: encoder, then within the answer, then from the answer to the text."""
    reads, within, across = looks(0, 2, 2), looks(1, 3, 3), looks(2, 3, 2)
    random = np.random.default_rng(3)
    slopes = [random.normal(size=weights.shape) for weights in (reads, within, across)]
    layers = [
        layer(reads, OTHER_SIDE, OTHER_SIDE), layer(within), layer(across, TEXT_SIDE, OTHER_SIDE), layer(within),
    ]  # fmt: skip
    given = [torch.as_tensor(slope)[None] for slope in (*slopes, slopes[1])]
    found = gradient_relevance(layers, given)

    def scaled(added: Any) -> Any:
        return added / added.sum(1, keepdims=True) + np.eye(len(added))

    read, own = positive(reads, slopes[0]), positive(within, slopes[1])
    crossed = scaled(own).T @ positive(across, slopes[2]) @ scaled(read)
    np.testing.assert_allclose(found[TEXT_SIDE, OTHER_SIDE], crossed + own @ crossed, atol=1e-6)
    np.testing.assert_allclose(found[TEXT_SIDE, TEXT_SIDE], np.eye(3) + own + own @ (np.eye(3) + own), atol=1e-6)
    np.testing.assert_allclose(found[OTHER_SIDE, OTHER_SIDE], np.eye(2) + read, atol=1e-6)


def test_which_text_asks_and_which_is_looked_at_is_found_out() -> None:
    """Also where both are equally long: the answer hangs on the text, the text never on the answer."""
    world = writing()
    fields = world.data.fields
    inputs = {name: world.data.test.columns[name][:1] for name in fields.inputs}
    inputs["so_far"] = inputs["so_far"][:, :6]
    names = [layer.queries[0] + " → " + layer.keys[0] for layer in sides(world.network, inputs, fields)]
    assert names == ["read → read", "so_far → so_far", "so_far → read"]


def sides(network: nn.Module, inputs: dict[str, Tensor], fields: Fields) -> list[Sided]:
    found, _ = sided({"model": network}, lambda given: network(given["read"], given["so_far"]), inputs, fields)
    return found


# ---- what is told -----------------------------------------------------------------------------------------------


def method(name: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": name, **settings})
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("name", "settings", "least"),
    [("GradientAttention", {}, 0.96), ("AttentionRollout", {}, 0.89), ("AttentionWeights", {}, 0.7)],
)
def test_the_word_that_decides_is_found(name: str, settings: dict[str, Any], least: float) -> None:
    world, count = decided_by_a_word(), 100
    right = {"learned": 0, "fresh": 0}
    for which, network in (("learned", world.network), ("fresh", world.fresh)):
        for index in range(count):
            true = int(world.data.test.columns["label"][index])
            found = ask(world.task, {"model": network}, world.data, "test", index, true, method(name)).explanation
            assert found.values.min() >= 0 and found.values.sum() == pytest.approx(1, abs=1e-5)
            right[which] += int(found.values.argmax() == int(world.places[index]))
    print(f"{name}: top-1 {right['learned'] / count:.2f}; untrained {right['fresh'] / count:.2f}")
    assert right["learned"] >= least * count
    assert right["fresh"] <= 0.3 * count  # chance is about .1


def test_of_a_network_that_writes_the_next_token_is_explained_by_those_before() -> None:
    """The answer is read from the text's last step; behind it there is padding, which gets nothing."""
    world = continuing()
    column = world.data.test.columns["text"]
    index = int(((column != 0).sum(1) < column.shape[1]).nonzero()[0])
    for name in METHODS:
        found = ask(world.task, {"model": world.network}, world.data, "test", index, None, method(name)).explanation
        assert len(found.values) == int((column[index] != 0).sum())


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("make", [lambda: Reads(True, False), lambda: Reads(False, True), Own])
def test_networks_made_elsewhere_are_explained(name: str, make: Any) -> None:
    torch.manual_seed(0)
    network = make()
    x = texts(12)
    found = ask(Classification(), {"model": network}, data(x, TEXT, CLASSES), "test", 3, 1, method(name))
    values = found.explanation.values
    assert values.shape == (int((x[3] != 0).sum()),) and values.sum() == pytest.approx(1, abs=1e-5)
    assert "where it looked, never why" in found.explanation.note


class Apart(Classification, abstract=True):
    """Explains the difference of two classes as one number."""

    def score(self, networks: Networks, inputs: dict[str, Tensor], target: int, fields: Fields) -> Tensor:
        both = self.forward(networks, inputs, fields)
        return both[:, target] - both[:, 1 - target]


def test_one_class_against_another_is_the_difference_of_their_scores() -> None:
    world = decided_by_a_word()
    network = {"model": copy.deepcopy(world.network).requires_grad_(False)}
    inputs = {"text": world.data.test.columns["text"][2:3]}
    for name in METHODS:
        found = [
            method(name).explain(question, lambda done, of: None)
            for question in (
                Question(world.task, network, world.data, inputs, 1, against=0),
                Question(Apart(), network, world.data, inputs, 1),
            )
        ]
        np.testing.assert_allclose(found[0].values, found[1].values, atol=1e-5)
        assert found[0].score == pytest.approx(found[1].score, abs=1e-5)


def refused(name: str, network: nn.Module, kind: Kind = TEXT, **settings: Any) -> str:
    among: Data = data(examples(kind, 12), kind, Category(names=("a", "b", "c")))
    with pytest.raises(WrongInput) as caught:
        ask(Classification(), {"model": network}, among, "test", 0, 0, method(name, **settings))
    return str(caught.value)


def test_what_it_cannot_tell_is_said() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Embedding(len(TEXT.vocabulary), 4), nn.Flatten(), nn.Linear(4 * TEXT.length, 3))
    assert "no attention layer" in refused("AttentionRollout", plain)
    assert "at most 1, the attention layers" in refused("AttentionWeights", Own(), layer=2)

    class Shrinks(Own):
        def __init__(self) -> None:
            super().__init__()
            self.again, self.last = Attention(WIDTH, HEADS), nn.Linear(WIDTH, 3)

        def forward(self, x: Tensor) -> Tensor:
            h = self.embedding(x)
            h, _ = self.attention(h, h, h)
            done: Tensor = self.last(self.again(h[:, ::2]).mean(1))
            return done

    assert "changes its length" in refused("GradientAttention", Shrinks())
    assert "cannot be laid over" in refused("GradientAttention", Cut())


class Cut(Own):
    """Of nine tokens every other one is attended to."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x[:, ::2])


def test_looks_at_padding_are_told() -> None:
    torch.manual_seed(0)

    class Careless(Own):
        def forward(self, x: Tensor) -> Tensor:
            h = self.embedding(x)
            gathered, weights = self.attention(h, h, h)
            done: Tensor = self.output(torch.cat([gathered.mean(1), weights.amax((1, 2))[:, None]], 1))
            return done

    x = texts(12)
    index = int((x != 0).sum(1).argmin())
    found = ask(Classification(), {"model": Careless()}, data(x, TEXT, CLASSES), "test", index, 0, method(METHODS[0]))
    assert "went to padding" in found.explanation.note
    assert found.explanation.values.sum() == pytest.approx(1, abs=1e-5)


def test_look_gradients_are_zero_where_the_score_does_not_hang_on_a_look() -> None:
    torch.manual_seed(0)
    network, x = Own().eval().requires_grad_(False), texts(1)
    found, _ = sided({"model": network}, lambda given: network(given["x"]), {"x": x}, Fields({"x": TEXT}, {}))
    lone = torch.zeros((), requires_grad=True)
    assert not look_gradients(found, lone * 2)[0].any()
