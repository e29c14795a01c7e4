"""JAX: a whole epoch as one compiled `lax.scan` over shuffled batches, with optax."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from harness import Array, Fit, Job, measure

Weights = dict[str, Any]
Apply = Callable[[Weights, Any], Any]


def dense(random: Any, name: str, wide: int, out: int) -> Weights:
    bound = wide**-0.5
    return {
        f"{name}.w": jnp.asarray(random.uniform(-bound, bound, (wide, out)), jnp.float32),
        f"{name}.b": jnp.asarray(random.uniform(-bound, bound, out), jnp.float32),
    }


def mlp(random: Any, widths: list[int], bend: Callable[[Any], Any]) -> tuple[Weights, Apply]:
    weights: Weights = {}
    for number, (wide, out) in enumerate(zip(widths, widths[1:], strict=False)):
        weights |= dense(random, str(number), wide, out)

    def apply(p: Weights, x: Any) -> Any:
        for number in range(len(widths) - 1):
            x = x @ p[f"{number}.w"] + p[f"{number}.b"]
            x = bend(x) if number < len(widths) - 2 else x
        return x

    return weights, apply


def cnn(random: Any) -> tuple[Weights, Apply]:
    weights = dense(random, "in", 3136, 128) | dense(random, "out", 128, 10)
    for name, wide, out in (("c1", 1, 32), ("c2", 32, 64)):
        weights[f"{name}.w"] = jnp.asarray(random.normal(0, (2 / (9 * wide)) ** 0.5, (3, 3, wide, out)), jnp.float32)
        weights[f"{name}.b"] = jnp.zeros(out)

    def apply(p: Weights, x: Any) -> Any:
        x = x.reshape(-1, 28, 28, 1)
        for name in ("c1", "c2"):
            x = jax.lax.conv_general_dilated(
                x, p[f"{name}.w"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            x = jax.nn.relu(x + p[f"{name}.b"])
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = jax.nn.relu(x.reshape(len(x), -1) @ p["in.w"] + p["in.b"])
        return x @ p["out.w"] + p["out.b"]

    return weights, apply


def lstm(random: Any) -> tuple[Weights, Apply]:
    weights = dense(random, "x", 8, 512) | dense(random, "h", 128, 512) | dense(random, "out", 128, 10)

    def apply(p: Weights, x: Any) -> Any:
        x = x.reshape(-1, 98, 8) @ p["x.w"] + p["x.b"]

        def step(state: Any, now: Any) -> Any:
            h, c = state
            i, f, g, o = jnp.split(now + h @ p["h.w"] + p["h.b"], 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zero = jnp.zeros((len(x), 128))
        (h, _), _ = jax.lax.scan(step, (zero, zero), x.transpose(1, 0, 2))
        return h @ p["out.w"] + p["out.b"]

    return weights, apply


def gpt(random: Any) -> tuple[Weights, Apply]:
    weights = dense(random, "enter", 16, 128) | dense(random, "out", 128, 10)
    norms = ["norm"]
    for block in range(4):
        weights |= dense(random, f"{block}.qkv", 128, 384) | dense(random, f"{block}.proj", 128, 128)
        weights |= dense(random, f"{block}.up", 128, 512) | dense(random, f"{block}.down", 512, 128)
        norms += [f"{block}.norm1", f"{block}.norm2"]
    for name in norms:
        weights |= {f"{name}.w": jnp.ones(128), f"{name}.b": jnp.zeros(128)}
    at = np.arange(49)[:, None] * np.exp(np.arange(0, 128, 2) * (-np.log(10000.0) / 128))
    places = jnp.asarray(np.stack([np.sin(at), np.cos(at)], axis=2).reshape(49, 128), jnp.float32)

    def norm(p: Weights, name: str, x: Any) -> Any:
        mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(var + 1e-5) * p[f"{name}.w"] + p[f"{name}.b"]

    def linear(p: Weights, name: str, x: Any) -> Any:
        return x @ p[f"{name}.w"] + p[f"{name}.b"]

    def apply(p: Weights, x: Any) -> Any:
        x = linear(p, "enter", x.reshape(-1, 49, 16)) + places
        for block in range(4):
            qkv = linear(p, f"{block}.qkv", norm(p, f"{block}.norm1", x))
            q, k, v = (part.reshape(-1, 49, 4, 32) for part in jnp.split(qkv, 3, axis=2))
            y = jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(-1, 49, 128)
            x = x + linear(p, f"{block}.proj", y)
            y = jax.nn.gelu(linear(p, f"{block}.up", norm(p, f"{block}.norm2", x)), approximate=False)
            x = x + linear(p, f"{block}.down", y)
        return linear(p, "out", norm(p, "norm", x)[:, -1])

    return weights, apply


def begin(job: Job) -> Fit:
    random = np.random.default_rng(0)
    features = job.arrays()[0].shape[-1]
    made = {
        "cnn": lambda: cnn(random), "lstm": lambda: lstm(random), "gpt": lambda: gpt(random),
        "table": lambda: mlp(random, [features, 128, 128, 128, 2], jax.nn.relu),
        "spiral": lambda: mlp(random, [2, 8, 8, 2], jnp.tanh),
    }  # fmt: skip
    weights, apply = made[job.network]()
    optimizer = {"Adam": optax.adam, "SGD": optax.sgd}[job.optimizer](job.lr)
    state = optimizer.init(weights)

    def loss(p: Weights, x: Any, y: Any) -> Any:
        return optax.softmax_cross_entropy_with_integer_labels(apply(p, x), y).mean()

    @partial(jax.jit, donate_argnums=(0, 1))
    def epoch(p: Weights, s: Any, x: Any, y: Any, order: Any) -> Any:
        def step(carry: Any, index: Any) -> Any:
            p, s = carry
            value, slope = jax.value_and_grad(loss)(p, x[index], y[index])
            change, s = optimizer.update(slope, s, p)
            return (optax.apply_updates(p, change), s), value

        return jax.lax.scan(step, (p, s), order)

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        nonlocal weights, state
        x, y = jnp.asarray(inputs), jnp.asarray(targets.astype(np.int32))
        whole = len(inputs) // job.batch_size
        for _ in range(epochs):
            order = random.permutation(len(inputs))[: whole * job.batch_size].reshape(whole, job.batch_size)
            (weights, state), losses = epoch(weights, state, x, y, jnp.asarray(order))
        jax.block_until_ready(losses)

    return fit


if __name__ == "__main__":
    measure(begin, f"jax {jax.__version__}, optax {optax.__version__}")
