"""Budget: how much of a training's time may go into looking at it, and who of those that want to look has a turn.

Each that looks has an account, into which its share of the time for looking flows while the training goes; it has a
turn when the account holds what it costs by experience. What flows into a full account goes into a common purse, from
which those take who have looked least. So cheap ones come often, dear ones seldom, each comes, and all together stay
within the budget.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dlviz.training.own_time import own_time

#: The share of the training's own time. A fifth of the 5 % promised is kept for what is not seen from inside: caches
#: that are cold after a look, and the last moment.
SHARE = 0.04
#: The first moment is drawn before there is any training time: an advance, in seconds.
ADVANCE = 0.06


@dataclass
class Account:
    """One that looks: its weight beside others, what it costs, how often it came."""

    weight: float
    cost: float
    known: bool = False
    balance: float = 0.0
    spent: float = 0.0
    turns: int = 0
    last: float = -math.inf
    gap: float = math.nan


class Budget:
    """Measures the time trained and the time looked; `clock` counts seconds and never goes back (default: the time
    that this thread works or waits for a disk, not for other processes)."""

    def __init__(
        self, share: float = SHARE, advance: float = ADVANCE, clock: Callable[[], float] | None = None
    ) -> None:
        self.share, self.clock = share, clock or own_time()
        self.trained = self.looked = 0.0
        self.accounts: dict[str, Account] = {}
        self._purse = advance
        self._mark: float | None = None
        self._looking = self._resting = False

    def enter(self, name: str, weight: float = 1.0, guess: float = 0.002) -> None:
        """Somebody wants to look; `guess`: what it is taken to cost before its first turn, in seconds."""
        self.accounts.setdefault(name, Account(weight, guess))

    def leave(self, name: str) -> None:
        """It does not want to look any more; what it had goes to the others."""
        gone = self.accounts.pop(name, None)
        if gone is not None:
            self._purse += gone.balance

    def begin(self) -> None:
        """The training starts, or goes on after a rest: from now on its time counts."""
        self._mark, self._resting = self.clock(), False

    def rest(self) -> None:
        """The training stands still until `begin`: its time does not count, and looking costs it nothing."""
        self._earn()
        self._mark, self._resting = None, True

    def affords(self, *names: str) -> bool:
        """Whether these may look now, together. Nothing is taken yet."""
        self._earn()
        return self._has(names)

    def choose(self, wanting: dict[str, Sequence[str]]) -> list[str]:
        """Who may look now. `wanting`: name → what it needs worked out first, which has accounts of its own and is
        paid once. Those who have looked least are asked first."""
        self._earn()
        chosen: list[str] = []
        for name in sorted(wanting, key=lambda name: self.accounts[name].spent / self.accounts[name].weight):
            asked = [each for each in (*wanting[name], name) if each not in chosen]
            if self._has(asked):
                for each in asked:
                    self._fill(each)
                chosen += asked
        return chosen

    @contextmanager
    def looking(self, name: str = "", turn: bool = False) -> Iterator[None]:
        """What happens inside is looking. What nobody `spend`s in it is charged to `name`; `turn`: as what a turn of
        it costs."""
        self._earn()
        began, before, outer = self.clock(), self._all_spent(), self._looking
        self._looking = True
        try:
            yield
        finally:
            self._looking = outer
            seconds = self.clock() - began
            rest = seconds - (self._all_spent() - before)
            self.spend(name, rest, turn)
            if not outer:
                self.looked += 0.0 if self._resting else seconds
                if self._mark is not None:
                    self._mark = self.clock()

    def spend(self, name: str, seconds: float, turn: bool = True) -> None:
        """Somebody has looked for so long. A single turn that took far longer than the last ones (the machine was
        busy) is believed by half."""
        account = self.accounts.get(name)
        if account is None:
            self._purse -= 0.0 if self._resting else seconds
            return
        account.balance -= 0.0 if self._resting else seconds
        account.spent += seconds
        if not turn:
            return
        now = self.clock()
        if account.turns:
            passed = now - account.last
            account.gap = passed if math.isnan(account.gap) else 0.5 * (account.gap + passed)
        account.last = now
        account.turns += 1
        account.cost = seconds if not account.known else 0.5 * (account.cost + min(seconds, 4 * account.cost))
        account.known = True

    def sentence(self, name: str) -> str:
        """Why somebody was not there this time, for a person."""
        account = self.accounts[name]
        if not account.known:
            return "It has not had its turn yet: looking may take a small part of the time only."
        every = account.gap
        if math.isnan(every):
            weights = sum(each.weight for each in self.accounts.values())
            every = account.cost * weights / (self.share * account.weight)
        return f"It takes {_duration(account.cost)}, so it is drawn about every {_duration(every)}."

    def _earn(self) -> None:
        """What was trained since the last time flows into the accounts."""
        if self._mark is None or self._looking:
            return
        now = self.clock()
        trained, self._mark = now - self._mark, now
        self.trained += trained
        earned = self.share * trained
        weights = sum(account.weight for account in self.accounts.values())
        if not weights:
            self._purse += earned
        for account in self.accounts.values():
            account.balance += earned * account.weight / weights
            over = account.balance - max(account.cost, 0.001)
            if over > 0:  # full: the others may have it
                account.balance -= over
                self._purse += over
        dearest = max((account.cost for account in self.accounts.values()), default=0.0)
        self._purse = min(self._purse, max(0.1, 1.5 * dearest))  # long saved, it would be spent all at once

    def _has(self, names: Iterable[str]) -> bool:
        """Whether what these lack all together is in the purse."""
        lacking = sum(max(0.0, self.accounts[name].cost - self.accounts[name].balance) for name in names)
        return lacking <= max(0.0, self._purse)

    def _fill(self, name: str) -> None:
        """Take what an account lacks out of the purse."""
        account = self.accounts[name]
        lacking = max(0.0, account.cost - account.balance)
        account.balance += lacking
        self._purse -= lacking

    def _all_spent(self) -> float:
        return sum(account.spent for account in self.accounts.values())


def known(names: Iterable[str], budget: Budget) -> list[str]:
    """Those of `names` whose cost was measured, cheapest first."""
    found = [name for name in names if name in budget.accounts and budget.accounts[name].known]
    return sorted(found, key=lambda name: budget.accounts[name].cost)


def _duration(seconds: float) -> str:
    if seconds < 0.0095:
        return f"{max(seconds * 1000, 0.1):.1f} ms"
    if seconds < 0.95:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
