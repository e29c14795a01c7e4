"""Reconstruction: make an example again, out of a few numbers, out of a spoilt copy, or out of chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, fx

from dlviz.core.setting import setting
from dlviz.core.values import Image, Value, Vector
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks import faithful
from dlviz.tasks.extent import add_extent, extent_of, with_logits
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.noise import Noise, spoilt
from dlviz.tasks.recipes import reconstruction_recipe
from dlviz.tasks.reconstruction_starters import reconstruction_starters
from dlviz.tasks.reconstruction_views import reconstruction_views
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array


class Reconstruction(Task):
    """Make an example again: through a bottleneck of few numbers, out of a spoilt copy, or as one of many that could
    have been. No target is needed.

    `plain`: an autoencoder (Hinton & Salakhutdinov 2006). `denoising`: the network sees a noisy example, the loss
    compares with the clean one (Vincent et al. 2008). `variational`: an encoder tells where in a space of codes an
    example lies and how surely, a decoder makes an example of any code; they minimise -ELBO = E[-log p(x|z)] +
    β · KL(q(z|x) ‖ N(0, I)), in nats an example (Kingma & Welling 2014; β: Higgins et al. 2017).
    """

    automatic: ClassVar[bool] = False
    primary: ClassVar[str] = "r2"
    higher_is_better: ClassVar[bool] = True
    adds: ClassVar[str] = (
        "Where the loss is bce, training adds one last step behind the network that makes examples, y = low + "
        "(high - low) * sigmoid(x), with the least and the greatest number of the training part."
    )

    variant: Literal["plain", "denoising", "variational"] = setting(
        "plain",
        "`plain`: the network sees the example itself. `denoising`: it sees a spoilt one and gives the clean one. "
        "`variational`: an encoder and a decoder, and new examples out of chance.",
    )
    loss: Literal["mse", "bce"] = setting(
        "mse",
        "How a difference counts. `mse`: squared. `bce`: as the cross-entropy of shares between the least and the "
        "greatest number of the training part; for pictures of black and white, which become sharper.",
    )
    noise: Noise = setting(
        "gaussian",
        "Denoising only: how examples are spoilt. `gaussian`: each number strays; `masking`: some are wiped out; `salt "
        "and pepper`: some become black or white.",
    )
    noise_amount: float = setting(
        0.5,
        "Denoising only: how far numbers stray (1: as far as the inputs themselves vary), or the share that is hit. "
        "More: harder to mend, and more must be known of what examples look like.",
        ge=0,
        le=10,
    )
    latent_size: int = setting(
        2, "Variational only: how many numbers a code has. 2 can be drawn as a map; more keep more.", ge=1, le=4096
    )
    beta: float = setting(
        1.0,
        "Variational only: β, how much the codes must look like plain chance. More: smoother and better ordered codes; "
        "less: sharper reconstructions.",
        ge=0,
        le=1000,
    )

    def why_not(self, fields: Fields) -> str | None:
        kinds = list(fields.inputs.values())
        if len(kinds) != 1 or not isinstance(kinds[0], (Image, Vector)):
            named = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.inputs.items())
            return f"Reconstruction needs one input, a picture or a row of numbers; this data has {named or 'none'}."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        name, kind = next(iter(fields.inputs.items()))
        if self.variant != "variational":
            return {"model": Role({name: kind.shape()}, kind.shape(), "the example made again")}
        code = "mean and log variance of the code: first all means, then all log variances"
        return {
            "encoder": Role({name: kind.shape()}, (2 * self.latent_size,), code),
            "decoder": Role({"code": (self.latent_size,)}, kind.shape(), "the example of a code"),
        }

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return reconstruction_starters(_kind(fields), self.variant)

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return reconstruction_recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        network = networks[self._maker]
        assert isinstance(network, fx.GraphModule)
        column = train.columns[_name(fields)] if train is not None else None
        add_extent(network, _kind(fields).shape(), column, squash=self.loss == "bce")

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        clean = batch[_name(fields)]
        if self.variant == "variational":
            yield from self._elbo(networks, clean)
            return
        network = networks["model"]
        made, raw = with_logits(network, self.seen(networks, clean))
        loss = self._difference(raw, clean, networks).mean() / clean[0].numel()
        yield Loss("model", loss, faithful.rows(made, clean, extent_of(network)))

    def _elbo(self, networks: Networks, clean: Tensor) -> Iterator[Loss]:
        """The two halves of -ELBO, in nats. Each network gets the very gradient of their sum, though the decoder has
        stepped when the encoder's turn comes: what the first half says of the codes is kept."""
        mean, log_variance = self.encoded(networks, clean)
        codes = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        divergence = kl(mean, log_variance)
        heard = codes.detach().requires_grad_(torch.is_grad_enabled())
        made, raw = with_logits(networks["decoder"], heard)
        scale = 0.5 if self.loss == "mse" else 1.0  # -log of a normal density of variance 1 is half the square
        outputs = faithful.rows(made, clean, extent_of(networks["decoder"]), divergence)
        yield Loss("decoder", scale * self._difference(raw, clean, networks).mean(), outputs)
        loss = self.beta * divergence.mean()
        if heard.grad is not None:
            told = (codes * heard.grad).sum()
            loss = loss + told - told.detach()  # its gradient, not its value
        yield Loss("encoder", loss)

    def encoded(self, networks: Networks, examples: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the codes, each (N, latent_size)."""
        mean, log_variance = networks["encoder"](examples).float().chunk(2, 1)
        return mean, log_variance.clamp(-20, 20)

    def seen(self, networks: Networks, clean: Tensor, random: torch.Generator | None = None) -> Tensor:
        """What the network sees of examples: themselves, or, denoising, with noise from `random` (None: torch's global
        chance, which measuring seeds each time alike)."""
        if self.variant != "denoising":
            return clean
        return spoilt(clean, self.noise, self.noise_amount, extent_of(networks["model"]), random)

    def made(self, networks: Networks, examples: Tensor) -> Tensor:
        """What comes out for examples, taken as they are: of codes the most likely."""
        given = self.encoded(networks, examples)[0] if self.variant == "variational" else examples
        result: Tensor = networks[self._maker](given)
        return result

    def _difference(self, raw: Tensor, clean: Tensor, networks: Networks) -> Tensor:
        """(N,) summed over the numbers of an example."""
        if self.loss == "mse":
            return (raw.float() - clean).flatten(1).square().sum(1)
        share = extent_of(networks[self._maker]).share(clean).clamp(0, 1)
        return F.binary_cross_entropy_with_logits(raw.float(), share, reduction="none").flatten(1).sum(1)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """The rows (N, 4) of `faithful`, of noisy inputs or drawn codes as in training."""
        found = [loss.outputs for loss in self.losses(networks, batch, fields)]
        assert found[0] is not None
        return found[0]

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return outputs[:, faithful.ERROR]

    def metrics(self, fields: Fields) -> dict[str, Any]:
        pictures = {"psnr": faithful.SignalToNoise()} if isinstance(_kind(fields), Image) else {}
        codes = {"kl": faithful.Faithful(faithful.KL)} if self.variant == "variational" else {}
        return {"r2": faithful.Explained(), "mse": faithful.Faithful(faithful.ERROR), **pictures, **codes}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        return outputs, outputs

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """The reconstructions under the input's name; pictures from 0 (least) to 1 (greatest number seen)."""
        name, kind = next(iter(fields.inputs.items()))
        made = self.made(networks, inputs[name])
        if isinstance(kind, Image):
            made = extent_of(networks[self._maker]).share(made).clamp(0, 1)
        return {name: Value(kind, as_array(made), "Reconstruction")}

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        error, distance = (as_array(outputs[:, column]).astype(float) for column in (faithful.ERROR, faithful.DISTANCE))

        def explained(error: Any, distance: Any) -> Any:
            return 1 - error.sum(-1) / distance.sum(-1)

        if not distance.sum():
            return None
        low, high = bootstrap(explained, error, distance)
        guess = float(explained(distance, distance))
        return Interval("r2", float(explained(error, distance)), low, high, guess, "always giving the mean example")

    @torch.no_grad()
    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        return reconstruction_views(self, networks, data, part)

    @property
    def _maker(self) -> str:
        """The role whose network makes examples."""
        return "decoder" if self.variant == "variational" else "model"


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, I)) in nats, (N,): Kingma & Welling 2014, appendix B."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def _name(fields: Fields) -> str:
    return next(iter(fields.inputs))


def _kind(fields: Fields) -> Any:
    return next(iter(fields.inputs.values()))
