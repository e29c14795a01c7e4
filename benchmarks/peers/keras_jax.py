"""Keras 3 on JAX: `compile` and `fit` as in its guides."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from harness import Array, Fit, Job, measure
from keras import layers


def network(name: str, features: int) -> keras.Model:
    if name == "cnn":
        return keras.Sequential([
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10),
        ])  # fmt: skip
    if name == "lstm":
        return keras.Sequential([keras.Input((98, 8)), layers.LSTM(128), layers.Dense(10)])
    if name == "gpt":
        return gpt()
    if name == "table":
        dense = [layers.Dense(128, activation="relu") for _ in range(3)]
        return keras.Sequential([keras.Input((features,)), *dense, layers.Dense(2)])
    return keras.Sequential([
        keras.Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(8, activation="tanh"), layers.Dense(2),
    ])  # fmt: skip


def gpt() -> keras.Model:
    enter = keras.Input((49, 16))
    at = np.arange(49)[:, None] * np.exp(np.arange(0, 128, 2) * (-np.log(10000.0) / 128))
    places = np.stack([np.sin(at), np.cos(at)], axis=2).reshape(1, 49, 128).astype("float32")
    x = layers.Dense(128)(enter) + places
    for _ in range(4):
        y = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(4, 32)(y, y, use_causal_mask=True)
        y = layers.LayerNormalization()(x)
        x = x + layers.Dense(128)(layers.Dense(512, activation="gelu")(y))
    return keras.Model(enter, layers.Dense(10)(layers.LayerNormalization()(x)[:, -1]))


def begin(job: Job) -> Fit:
    model = network(job.network, job.arrays()[0].shape[-1])
    model.compile(
        optimizer=getattr(keras.optimizers, job.optimizer)(job.lr),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    shape = model.input_shape[1:]

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        model.fit(inputs.reshape(-1, *shape), targets, batch_size=job.batch_size, epochs=epochs, verbose=0)

    return fit


if __name__ == "__main__":
    import jax

    measure(begin, f"keras {keras.__version__}, jax {jax.__version__}")
