"""What holds for every layer over sequences: padding never changes a result, and torch's own modules agree."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.embedding import Embedding
from dlviz.layers.gru import GRU
from dlviz.layers.layer import Layer, wanted
from dlviz.layers.lstm import LSTM
from dlviz.layers.multihead_attention import MultiheadAttention
from dlviz.layers.padding_mask import PaddingMask
from dlviz.layers.pool_steps import PoolSteps
from dlviz.layers.positional_encoding import PositionalEncoding
from dlviz.layers.rnn import RNN
from dlviz.layers.transformer_decoder_layer import TransformerDecoderLayer
from dlviz.layers.transformer_encoder_layer import TransformerEncoderLayer

STEPS, FEATURES = 7, 8
#: How many real steps each sequence of a batch has; one has none.
LENGTHS = (7, 1, 4, 0, 3)
#: Settings to try beside the defaults: every choice of a layer's settings that has choices, and these.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "RNN": [{"bidirectional": True, "output": "last"}],
    "LSTM": [{"bidirectional": True, "num_layers": 2}, {"bidirectional": True, "num_layers": 2, "output": "last"}],
    "GRU": [{"bidirectional": True, "num_layers": 2, "output": "last"}],
    "TransformerEncoderLayer": [{"norm_first": True, "causal": True}],
    "TransformerDecoderLayer": [{"norm_first": True}],
}


def _masking() -> list[Any]:
    """Every layer that reads a mask, with every choice of its settings."""
    cases = []
    for name, kind in Layer.kinds().items():
        if kind.padded != "masks":
            continue
        layers = [kind(), kind.clicked()]
        layers += [kind().changed(**{s.name: c}) for s in kind.settings() for c in s.choices if c != s.default]
        layers += [kind().changed(**settings) for settings in VARIANTS.get(name, [])]
        cases += [pytest.param(layer, id=f"{name}({layer.document(brief=True)})") for layer in dict.fromkeys(layers)]
    return cases


MASKING = _masking()


def _number(layer: Layer) -> int:
    most = layer.inputs[1]
    assert most is not None and wanted(layer, most - 1) == "mask", "a layer that masks reads a mask as its last input"
    return most


def _built(layer: Layer) -> nn.Module:
    torch.manual_seed(0)
    shapes: list[Shape] = [(STEPS, FEATURES)] * (_number(layer) - 1)
    return layer.build(*shapes, Flags((STEPS,))).eval()


def _batch(layer: Layer, filling: float, seed: int = 0) -> tuple[list[Tensor], Tensor]:
    """Sequences whose padded steps hold numbers of the size `filling`, and their mask."""
    random = torch.Generator().manual_seed(seed)
    mask = torch.arange(STEPS) >= torch.tensor(LENGTHS)[:, None]
    xs = [torch.randn(len(LENGTHS), STEPS, FEATURES, generator=random) for _ in range(_number(layer) - 1)]
    other = torch.Generator().manual_seed(99)
    return [torch.where(mask[..., None], filling * torch.randn(x.shape, generator=other), x) for x in xs], mask


@pytest.mark.parametrize("layer", MASKING)
def test_a_sequence_gives_the_same_alone_and_padded_among_others(layer: Layer) -> None:
    module = _built(layer)
    xs, mask = _batch(layer, filling=50.0)
    with torch.no_grad():
        together = module(*xs, mask)
        assert together.isfinite().all()
        for number, length in enumerate(LENGTHS):
            if not length:
                continue
            alone = module(*(x[number : number + 1, :length] for x in xs), mask[number : number + 1, :length])
            own = together[number, :length] if together.dim() == 3 else together[number]
            torch.testing.assert_close(own, alone[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", [case for case in MASKING if case.values[0].inputs[0] < case.values[0].inputs[1]])
def test_a_sequence_without_padding_needs_no_mask(layer: Layer) -> None:
    module = _built(layer)
    xs, _ = _batch(layer, filling=1.0)
    with torch.no_grad():
        none = torch.zeros(len(LENGTHS), STEPS, dtype=torch.bool)
        torch.testing.assert_close(module(*xs, none), module(*xs), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", MASKING)
def test_what_lies_in_padded_steps_counts_for_nothing(layer: Layer) -> None:
    module = _built(layer)
    with torch.no_grad():
        results = [module(*xs, mask) for xs, mask in (_batch(layer, 0.0), _batch(layer, 50.0))]
    real = torch.arange(STEPS) < torch.tensor(LENGTHS)[:, None]
    if results[0].dim() == 3:
        results = [result[real] for result in results]
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", MASKING)
@pytest.mark.parametrize("training", [False, True])
def test_gradients_are_finite_and_none_comes_from_padding(layer: Layer, training: bool) -> None:
    module = _built(layer).train(training)
    xs, mask = _batch(layer, filling=3.0)
    xs = [x.requires_grad_() for x in xs]
    result = module(*xs, mask)
    if result.dim() == 3:
        result = result[~mask]
    (result * torch.randn(result.shape)).sum().backward()
    for x in xs:
        assert x.grad is not None and x.grad.isfinite().all()
        assert not x.grad[mask].any()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in module.parameters())


@pytest.mark.parametrize("layer", MASKING)
def test_it_works_in_half_precision(layer: Layer) -> None:
    module = _built(layer)
    xs, mask = _batch(layer, filling=3.0)
    with torch.autocast("cpu", torch.bfloat16):
        half = module(*(x.requires_grad_() for x in xs), mask)
    half.float().sum().backward()
    whole = module(*xs, mask)
    torch.testing.assert_close(half.float(), whole, atol=0.15, rtol=0.05)
    assert all(x.grad is not None and x.grad.isfinite().all() for x in xs)


@pytest.mark.parametrize("layer", MASKING)
def test_a_mask_of_another_length_is_told(layer: Layer) -> None:
    shapes: list[Shape] = [(STEPS, FEATURES)] * (_number(layer) - 1)
    with pytest.raises(WrongInput, match="mark for each step .* Received: a padding mask of 5"):
        layer.build(*shapes, Flags((5,)))


@pytest.mark.parametrize("layer", MASKING)
def test_it_can_be_copied_after_it_has_run(layer: Layer) -> None:
    module = _built(layer)
    xs, mask = _batch(layer, filling=1.0)
    expected = module(*xs, mask)
    torch.testing.assert_close(copy.deepcopy(module)(*xs, mask), expected)


def test_a_recurrent_layer_passes_over_padding_wherever_it_stands() -> None:
    layer = LSTM(bidirectional=True, output="last")
    module = _built(layer)
    x = torch.randn(1, STEPS, FEATURES)
    mask = torch.tensor([[False, True, False, False, True, True, False]])
    steps = _built(layer.changed(output="steps"))
    with torch.no_grad():
        torch.testing.assert_close(module(x, mask), module(x[~mask][None]))
        torch.testing.assert_close(steps(x, mask)[~mask], steps(x[~mask][None])[0])
        assert not steps(x, mask)[mask].any()


@pytest.mark.parametrize("layer", [RNN(nonlinearity="relu"), LSTM(num_layers=2), GRU(bidirectional=True)])
def test_a_recurrent_layer_is_torchs(layer: RNN | LSTM | GRU) -> None:
    module = layer.build((STEPS, FEATURES))
    torch.manual_seed(1)
    own = {"nonlinearity": "relu"} if isinstance(layer, RNN) else {}
    theirs = getattr(nn, layer.kind())(
        FEATURES, 64, layer.num_layers, batch_first=True, bidirectional=layer.bidirectional, **own
    )
    module.cell.load_state_dict(theirs.state_dict())  # type: ignore[operator,union-attr]
    x = torch.randn(3, STEPS, FEATURES)
    torch.testing.assert_close(module(x), theirs(x)[0])
    state = theirs(x)[1]
    state = state[0] if isinstance(state, tuple) else state
    last = layer.changed(output="last").build((STEPS, FEATURES))
    last.cell.load_state_dict(theirs.state_dict())  # type: ignore[operator,union-attr]
    ends = torch.cat([state[-2], state[-1]], dim=1) if layer.bidirectional else state[-1]
    torch.testing.assert_close(last(x), ends)


def _as_ours(theirs: nn.MultiheadAttention) -> dict[str, Tensor]:
    """torch's weights under our names."""
    weights = theirs.in_proj_weight.chunk(3) if theirs.in_proj_weight is not None else (
        theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)  # fmt: skip
    named = {}
    for name, weight, bias in zip("qkv", weights, theirs.in_proj_bias.chunk(3), strict=True):
        named |= {f"{name}_proj.weight": weight, f"{name}_proj.bias": bias}
    return named | {"out_proj.weight": theirs.out_proj.weight, "out_proj.bias": theirs.out_proj.bias}


def _shaken(module: nn.Module) -> nn.Module:
    """With biases and norms that are not as they start, so that a mistake in them shows."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return module


@pytest.mark.parametrize("kdim", [None, 5])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_and_its_weights_are_torchs(kdim: int | None, causal: bool) -> None:
    torch.manual_seed(0)
    theirs = _shaken(nn.MultiheadAttention(FEATURES, 4, kdim=kdim, vdim=kdim, batch_first=True)).eval()
    assert isinstance(theirs, nn.MultiheadAttention)
    memory = torch.randn(3, STEPS, kdim or FEATURES)
    ours = MultiheadAttention(causal=causal).build((STEPS, FEATURES), tuple(memory.shape[1:])).eval()
    ours.load_state_dict(_as_ours(theirs))
    query = torch.randn(3, STEPS, FEATURES)
    mask = torch.arange(STEPS) >= torch.tensor([7, 2, 5])[:, None]
    blocked = ~torch.ones(STEPS, STEPS, dtype=torch.bool).tril() if causal else None
    expected, weights = theirs(query, memory, memory, mask, True, blocked, average_attn_weights=False)
    torch.testing.assert_close(ours(query, memory, mask), expected, atol=1e-6, rtol=1e-5)
    assert ours.weights is None
    ours.need_weights = True  # type: ignore[assignment]
    torch.testing.assert_close(ours(query, memory, mask), expected, atol=1e-6, rtol=1e-5)
    assert isinstance(ours.weights, Tensor)
    torch.testing.assert_close(ours.weights, weights)
    (gradient,) = torch.autograd.grad(ours(query, memory, mask).sum(), [ours.weights])
    assert gradient.any(), "the weights kept are part of the graph"


def test_an_attention_that_sees_nothing_gathers_nothing() -> None:
    module = MultiheadAttention(bias=False).build((STEPS, FEATURES)).eval()
    x = torch.randn(2, STEPS, FEATURES)
    mask = torch.tensor([[True] * STEPS, [False] * STEPS])
    for need in (False, True):
        module.need_weights = need  # type: ignore[assignment]
        assert not module(x, mask)[0].any() and module(x, mask)[1].any()


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_layers_are_torchs(norm_first: bool, activation: str) -> None:
    torch.manual_seed(0)
    same: dict[str, Any] = {"dim_feedforward": 16, "norm_first": norm_first, "activation": activation}
    x, memory = torch.randn(3, STEPS, FEATURES), torch.randn(3, 5, FEATURES)
    mask = torch.arange(STEPS) >= torch.tensor([7, 2, 5])[:, None]
    causal = ~torch.ones(STEPS, STEPS, dtype=torch.bool).tril()
    encoder = _shaken(nn.TransformerEncoderLayer(FEATURES, 4, batch_first=True, **same)).eval()
    for ours in (TransformerEncoderLayer(**same), TransformerEncoderLayer(causal=True, **same)):
        module = _with_weights_of(ours.build((STEPS, FEATURES)), encoder)
        expected = encoder(x, src_mask=causal if ours.causal else None, src_key_padding_mask=mask)
        torch.testing.assert_close(module(x, mask)[~mask], expected[~mask], atol=1e-5, rtol=1e-5)
    decoder = _shaken(nn.TransformerDecoderLayer(FEATURES, 4, batch_first=True, **same)).eval()
    module = _with_weights_of(TransformerDecoderLayer(**same).build((STEPS, FEATURES), (5, FEATURES)), decoder)
    expected = decoder(x, memory, tgt_mask=causal, memory_key_padding_mask=mask[:, :5])
    torch.testing.assert_close(module(x, memory, mask[:, :5]), expected, atol=1e-5, rtol=1e-5)


def _with_weights_of(ours: nn.Module, theirs: nn.Module) -> nn.Module:
    weights = {name: value for name, value in theirs.state_dict().items() if "attn" not in name}
    for name, part in theirs.named_children():
        if isinstance(part, nn.MultiheadAttention):
            weights |= {f"{name}.{key}": value for key, value in _as_ours(part).items()}
    ours.load_state_dict(weights)
    return ours.eval()


def test_a_causal_layer_sees_only_what_came_before() -> None:
    for layer in (MultiheadAttention(causal=True), TransformerEncoderLayer(causal=True)):
        module = _built(layer)
        x = torch.randn(1, STEPS, FEATURES)
        changed = x.clone()
        changed[:, 4:] += 1
        with torch.no_grad():
            torch.testing.assert_close(module(x)[:, :4], module(changed)[:, :4])
            assert not torch.allclose(module(x)[:, 4:], module(changed)[:, 4:])


def test_an_embedding_has_a_row_for_each_token_and_0_for_padding() -> None:
    module = Embedding(embedding_dim=3).build(Ids((4,), 10))
    assert isinstance(module, nn.Embedding) and repr(module) == repr(nn.Embedding(10, 3, padding_idx=0))
    rows = module(torch.tensor([[5, 1, 0, 0]]))
    assert not rows[0, 2:].any()
    rows.sum().backward()
    assert module.weight.grad is not None and not module.weight.grad[0].any() and module.weight.grad[5].any()
    for init in ("kaiming", "xavier"):
        small = Embedding(init=init).build(Ids((4,), 10))  # type: ignore[arg-type]
        assert not small.weight[0].any() and small.weight[1:].abs().mean() < 0.5  # type: ignore[index]
    with pytest.raises(WrongInput, match="a row for each token of the vocabulary, here 10. Received.* 9"):
        Embedding(num_embeddings=9).build(Ids((4,), 10))
    with pytest.raises(WrongInput, match="padding_idx"):
        Embedding(padding_idx=10).build(Ids((4,), 10))
    with pytest.raises(WrongInput, match="token ids"):
        Embedding().build((4,))


def test_the_mask_is_true_where_the_padding_is() -> None:
    ids = torch.tensor([[5, 1, 0], [0, 0, 0]])
    assert PaddingMask().build(Ids((3,), 10))(ids).tolist() == [[False, False, True], [True, True, True]]


def test_pooling_over_steps_has_known_answers() -> None:
    x = torch.tensor([[[1.0, -4.0], [3.0, -2.0], [9.0, 9.0]], [[9.0, 9.0], [9.0, 9.0], [9.0, 9.0]]])
    mask = torch.tensor([[False, False, True], [True, True, True]])
    expected = {"mean": [2, -3], "max": [3, -2], "sum": [4, -6], "last": [3, -2]}
    for mode, row in expected.items():
        module = PoolSteps(mode=mode).build((3, 2), Flags((3,)))  # type: ignore[arg-type]
        assert module(x, mask).tolist() == [row, [0, 0]], mode


@pytest.mark.parametrize("width", [6, 7])
def test_positions_are_sines_and_cosines(width: int) -> None:
    x = torch.zeros(1, 5, width)
    found = PositionalEncoding().build((5, width))(x)[0]
    for t in range(5):
        for i in range(width):
            angle = torch.tensor(t / 10000 ** ((i - i % 2) / width))
            expected = angle.cos() if i % 2 else angle.sin()
            assert found[t, i].item() == pytest.approx(expected.item(), abs=1e-5)
    learned = PositionalEncoding(encoding="learned").build((5, width))
    assert sum(weight.numel() for weight in learned.parameters()) == 5 * width


def test_heads_that_do_not_divide_the_features_are_told_with_what_would() -> None:
    layer = MultiheadAttention(num_heads=3)
    with pytest.raises(WrongInput, match="must divide .* Received: 3 heads for 8 features"):
        layer.build((5, 8))
    title, fitted = next(iter(layer.fitting((5, 8))))
    assert title == "Set num_heads to 2" and fitted.build((5, 8))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("other", [False, True], ids=["itself", "a memory"])
def test_attention_in_bfloat16_is_that_in_float32_rounded(causal: bool, padded: bool, other: bool) -> None:
    """There its products are written out, and torch's one call is not used."""
    torch.manual_seed(0)
    layer = MultiheadAttention(num_heads=2, causal=causal and not other)
    shapes = [Shape((STEPS, FEATURES)), *([Shape((5, FEATURES))] if other else [])]
    memory = [torch.randn(5, 5, FEATURES)] if other else []
    x = torch.randn(5, STEPS, FEATURES)
    mask = [torch.arange(5 if other else STEPS) >= torch.tensor(LENGTHS).clamp(max=5)[:, None]] if padded else []
    module = layer.build(*shapes)
    module(x, *memory, *mask).square().sum().backward()
    exact, slopes = module(x, *memory, *mask), [weight.grad.clone() for weight in module.parameters()]
    module.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        found = module(x, *memory, *mask)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), exact, rtol=0.03, atol=0.03)
    found.float().square().sum().backward()
    for weight, slope in zip(module.parameters(), slopes, strict=True):
        assert (weight.grad - slope).norm() <= 0.05 * slope.norm() + 0.02
