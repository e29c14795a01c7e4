"""What lies between the data and a network from elsewhere: its scale, the order of its numbers, what outputs mean."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Series, Tokens, Vector
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.iris import Iris
from dlviz.foreign.answers import Logits, flat, meaning, places
from dlviz.foreign.entrance import entrance, order
from dlviz.foreign.onnx_file import Port
from dlviz.foreign.reading import Reading

COLOUR, GREY = Image(channels=3, height=4, width=5), Image(channels=1, height=4, width=5)
WINDOW, SOUND = Series(names=("a", "b"), steps=6), Audio(rate=8000, samples=40)
CLASSES, PAIR = Category(names=("cat", "dog", "owl")), Category(names=("no", "yes"))
ENCODER = ImageEncoder(channels=3, height=4, width=5, mean=(0.4, 0.5, 0.6), std=(0.1, 0.2, 0.3))


def port(*sizes: int | None, type: str = "float32") -> Port:
    return Port("x", type, sizes)


@pytest.mark.parametrize("kind, sizes, wanted, shape", [
    (COLOUR, (None, 3, 4, 5), "as it is", (2, 3, 4, 5)), (COLOUR, (None, None, None, None), "as it is", (2, 3, 4, 5)),
    (COLOUR, (1, 4, 5, 3), "last", (2, 4, 5, 3)), (COLOUR, (None, 60), "flat", (2, 60)),
    (GREY, (None, 4, 5), "plain", (2, 4, 5)), (WINDOW, (None, 6, 2), "last", (2, 6, 2)),
    (WINDOW, (None, 12), "flat", (2, 12)), (SOUND, (None, 1, 40), "channel", (2, 1, 40)),
])  # fmt: skip
def test_numbers_go_in_in_the_order_that_the_sizes_say(
    kind: Kind, sizes: tuple[int | None, ...], wanted: str, shape: tuple[int, ...]
) -> None:
    found = order(Reading(), kind, port(*sizes))
    assert found == wanted
    assert entrance(Reading(), found, port(*sizes), kind, None)(torch.rand(2, *kind.shape())).shape == shape


def test_channels_behind_keep_their_pixels() -> None:
    x = torch.rand(2, 3, 4, 5)
    turned = entrance(Reading(), "last", port(), COLOUR, None)(x)
    assert torch.equal(turned[1, 2, 3], x[1, :, 2, 3])


def test_a_layout_that_is_named_is_taken() -> None:
    square = Image(channels=3, height=3, width=3)
    assert order(Reading(), square, port(None, 3, 3, 3)) == "as it is"
    assert order(Reading(layout="channels_last"), square, port(None, 3, 3, 3)) == "last"


def test_other_sizes_are_refused_with_both() -> None:
    with pytest.raises(WrongInput, match="3 × 4 × 5 an example. It takes 3 × 224 × 224"):
        order(Reading(), COLOUR, port(None, 3, 224, 224))


def test_the_encoders_scale_is_undone_where_the_network_takes_raw_pixels() -> None:
    pixels = torch.rand(2, 3, 4, 5)
    mean, std = (torch.tensor(each).view(-1, 1, 1) for each in (ENCODER.mean, ENCODER.std))
    x = (pixels - mean) / std
    assert torch.allclose(entrance(Reading(), "as it is", port(), COLOUR, ENCODER)(x), x)
    assert torch.allclose(entrance(Reading(scaling="raw"), "as it is", port(), COLOUR, ENCODER)(x), pixels, atol=1e-6)
    given = Reading.of({"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})
    assert given.scaling == "given"
    away, by = (torch.tensor(each).view(-1, 1, 1) for each in (given.mean, given.std))
    found = entrance(given, "as it is", port(), COLOUR, ENCODER)(x)
    assert torch.allclose(found, (pixels - away) / by, atol=1e-5)


def test_a_tables_columns_go_in_in_their_own_units() -> None:
    data = Iris().load(0)
    ((name, kind),) = data.fields.inputs.items()
    x = data.train.columns[name][:5]
    raw = entrance(Reading(scaling="raw"), "as it is", port(), kind, data.encoders[name])(x)
    written = [[float(cell) for cell in row] for row in data.encoders[name].decode(x).data]
    assert torch.allclose(raw, torch.tensor(written), atol=1e-4)
    assert float(raw.max()) > 4  # centimetres, not standard units


def test_numbers_are_of_the_type_that_the_network_takes() -> None:
    ids = torch.tensor([[1, 2, 0]])
    text = Tokens(vocabulary=("", "?", "a"), length=3)
    assert entrance(Reading(), "as it is", port(type="int32"), text, None)(ids).dtype == torch.int32
    row = Vector(names=("a", "b"))
    assert entrance(Reading(), "as it is", port(type="float64"), row, None)(torch.rand(1, 2)).dtype == torch.float64
    with pytest.raises(WrongInput, match="texts are numbers of tokens"):
        entrance(Reading(scaling="raw"), "as it is", port(), text, None)


@pytest.mark.parametrize("document, words", [
    ({"scaling": "row"}, "reading.scaling: must be"), ({"mean": [0.5]}, "same length"),
    ({"mean": [0.5], "std": [0.0]}, "more than 0"), ({"scaling": "given"}, "`mean` and `std` belong"),
    ({"layuot": "flat"}, "Reading has no setting `layuot`"), ([], "must be a mapping"),
    ({"mean": [0.1, 0.2], "std": [1, 1]}, "each of the 3 channels"),
])  # fmt: skip
def test_readings_that_cannot_be_are_refused(document: Any, words: str) -> None:
    with pytest.raises(WrongInput, match=words):
        entrance(Reading.of(document), "as it is", port(), COLOUR, ENCODER)


def test_what_outputs_are_is_found_out() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3]])
    assert meaning(Reading(), CLASSES, logits) == "logits"
    assert meaning(Reading(), CLASSES, logits.softmax(1)) == "probabilities"
    assert meaning(Reading(answers="logits"), CLASSES, logits.softmax(1)) == "logits"
    assert meaning(Reading(), PAIR, torch.tensor([[3.0], [-2.0]])) == "one logit"
    assert meaning(Reading(), PAIR, torch.tensor([[0.3], [0.9]])) == "one probability"
    assert meaning(Reading(), Scalar(), torch.tensor([[3.0]])) == "number"


@pytest.mark.parametrize("kind, outputs, words", [
    (CLASSES, torch.zeros(2, 1000), "3 classes. It answers with 1000"), (Scalar(), torch.zeros(2, 2), "one number"),
    (CLASSES, torch.full((2, 3), torch.nan), "finite"), (CLASSES, torch.full((2, 3), torch.inf), "finite"),
])  # fmt: skip
def test_outputs_that_cannot_be_are_refused(kind: Kind, outputs: torch.Tensor, words: str) -> None:
    with pytest.raises(WrongInput, match=words):
        meaning(Reading(), kind, outputs)


def test_the_softmax_of_the_logits_is_what_the_network_says() -> None:
    said = torch.tensor([[0.7, 0.2, 0.1], [0.0, 0.0, 1.0]])
    assert torch.allclose(Logits("probabilities", [0, 1, 2])(said).softmax(1), said, atol=1e-6)
    one = torch.tensor([[0.9], [0.2]])
    both = torch.cat([1 - one, one], 1)
    assert torch.allclose(Logits("one probability", [0, 1])(one).softmax(1), both, atol=1e-6)
    assert torch.allclose(Logits("one logit", [0, 1])(torch.logit(one)).softmax(1), both, atol=1e-6)


def test_classes_in_another_order_are_put_right() -> None:
    places_ = places(Reading(classes=("owl", "cat", "dog")), CLASSES)
    assert Logits("logits", places_)(torch.tensor([[30.0, 10.0, 20.0]])).tolist() == [[10.0, 20.0, 30.0]]
    with pytest.raises(WrongInput, match="cat, dog, owl. Received: owl, cat"):
        places(Reading(classes=("owl", "cat")), CLASSES)


def test_answers_must_be_a_row_for_each_example() -> None:
    assert flat(torch.zeros(4), 4).shape == (4, 1) and flat(torch.zeros(4, 3, 1, 1), 4).shape == (4, 3)
    for outputs in (torch.zeros(3, 2), torch.zeros(()), torch.zeros(4, 3, 2)):
        with pytest.raises(WrongInput, match="for each example"):
            flat(outputs, 4)
