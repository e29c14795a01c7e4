"""Spectral clustering: examples that a chain of near neighbours joins, found by the graph's eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.core.values import Array

#: Of fewer examples no graph says anything.
FEWEST = 10


@dataclass(frozen=True)
class Spectrum:
    """`eigenvalues` of the graph's normalised Laplacian, ascending from 0; as many near 0 as there are clusters hardly
    joined. `groups` (N,) the cluster of each example, 0 to `count` - 1, the largest first; `plane` (N, 2) a place for
    each, near for those that are alike."""

    eigenvalues: Array
    groups: Array
    plane: Array

    @property
    def count(self) -> int:
        return int(self.groups.max()) + 1


def cluster(rows: Array, neighbours: int, most: int, seed: int) -> Spectrum:
    """Cluster rows (N, features) as von Luxburg's tutorial says (2007, arXiv:0711.0189): a graph of each row's nearest
    `neighbours` (0: ln N), the symmetric Laplacian, k-means on its first eigenvectors (Ng, Jordan & Weiss 2002). There
    are as many clusters, `most` at most, as there are eigenvalues before the widest gap.

    Only the direction of a row counts, not its length.
    """
    from scipy.linalg import eigh
    from sklearn.cluster import KMeans

    count = len(rows)
    apart = _apart(rows)
    near = min(neighbours or max(3, round(np.log(count))), count - 1)
    values, vectors = eigh(_laplacian(_graph(apart, near)))
    values = np.round(np.clip(values, 0, None), 9)
    gaps = np.diff(values[: min(most, count - 1) + 1])
    many = int(gaps.argmax()) + 1
    found = np.zeros(count, dtype=int)
    if many > 1:
        within = vectors[:, :many]
        within = within / np.maximum(np.linalg.norm(within, axis=1, keepdims=True), 1e-12)
        found = KMeans(many, n_init=10, random_state=seed).fit_predict(within)
    return Spectrum(values[: most + 1], _by_size(found), _plane(apart))


def _apart(rows: Array) -> Array:
    """(N, N): 1 less the cosine between two rows, from 0 to 2; of a row to itself infinite."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    apart = np.clip(1 - unit @ unit.T, 0, 2)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart)


def _graph(apart: Array, near: int) -> Array:
    """(N, N) of 0 and 1: who is among the nearest of whom, either way."""
    graph = np.zeros(apart.shape)
    graph[np.arange(len(apart))[:, None], np.argsort(apart, axis=1, kind="stable")[:, :near]] = 1
    return np.maximum(graph, graph.T)


def _laplacian(graph: Array) -> Array:
    degree = graph.sum(1)
    return np.asarray(np.eye(len(graph)) - graph / np.sqrt(degree[:, None] * degree))


def _plane(apart: Array) -> Array:
    """(N, 2), where explanations that are alike lie near each other: classical scaling of their distances (Torgerson
    1952). The graph's own eigenvectors would make a single point of each piece into which it falls apart."""
    from scipy.linalg import eigh

    squared = np.where(np.isfinite(apart), 2 * apart, 0.0)  # of unit vectors
    middle = squared.mean(0)
    inner = -(squared - middle - middle[:, None] + middle.mean()) / 2
    values, vectors = eigh(inner)
    plane = vectors[:, [-1, -2]] * np.sqrt(np.clip(values[[-1, -2]], 0, None))
    # the sign of an eigenvector is free: the side with the longer tail is taken as the right one
    return np.asarray(plane * np.where((plane**3).sum(0) < 0, -1, 1))


def _by_size(groups: Array) -> Array:
    """The same groups, numbered from the largest on."""
    sizes = np.bincount(groups)
    rank = np.empty(len(sizes), dtype=int)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.asarray(rank[groups])
