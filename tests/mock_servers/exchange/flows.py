"""Who bought and who sold: made up from seed and ticker, never more than was traded."""

import random
from typing import NamedTuple
from zlib import crc32

import numpy as np

from tests.mock_servers.exchange.bars import Column
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.shapes import Floats, Rng


class Side(NamedTuple):
    """Shares bought and sold by one kind of investor, a session each."""

    bought: Column
    sold: Column


class Flows(NamedTuple):
    """The three kinds of investors; together they buy what they sell."""

    individual: Side
    foreign: Side
    institution: Side


def flows(issue: Issue, seed: int) -> Flows:
    """Return the flows of every session of ``issue``: shares."""
    volume = issue.bars.volume
    rng = np.random.default_rng([seed, crc32(issue.listing.ticker.encode()), 1])
    parts = rng.dirichlet([6, 3, 2], (2, len(volume)))  # who bought, who sold
    mood = _slow(rng, len(volume))  # foreigners and institutions lean one way for days
    parts[0, :, 1:] *= (1 + mood)[:, None]
    parts[1, :, 1:] *= (1 - mood)[:, None]
    parts /= parts.sum(axis=2, keepdims=True)
    if issue.bought_for:
        parts[:, -issue.bought_for :] = _buying(rng, min(issue.bought_for, len(volume)))
    foreign, institution = (
        Side(*(np.floor(parts[side, :, who] * volume).astype(np.int64) for side in (0, 1)))
        for who in (1, 2)
    )
    individual = Side(
        volume - foreign.bought - institution.bought, volume - foreign.sold - institution.sold
    )
    return Flows(individual, foreign, institution)


def _buying(rng: Rng, count: int) -> Floats:
    """Return parts of ``count`` sessions, in each of which both buy more than they sell."""
    foreign = rng.uniform([[0.30], [0.20]], [[0.36], [0.25]], (2, count))
    institution = rng.uniform([[0.18], [0.11]], [[0.22], [0.14]], (2, count))
    return np.stack([1 - foreign - institution, foreign, institution], axis=2)


def shared_out(total: int, count: int, seed: str, *, first: float = 0.0) -> list[int]:
    """Return ``total`` in ``count`` whole parts, the first at least this share of it."""
    draw = random.Random(seed)
    weights = [draw.random() for _ in range(count - (first > 0))]
    scale = (1 - first) / sum(weights)
    shares = [*([first] if first else []), *(weight * scale for weight in weights)]
    parts = [int(total * share) for share in shares]
    parts[0] += total - sum(parts)
    return parts


def _slow(rng: Rng, count: int) -> Floats:
    """Return ``count`` numbers from -0.6 to 0.6 that wander over about ten sessions."""
    steps = rng.normal(0, 1, count + 9)
    wander = np.convolve(steps, np.full(10, 0.1), mode="valid")
    slow: Floats = 0.6 * np.tanh(2 * wander)
    return slow
