"""Quick: a method with settings at which it can be asked several times where it was asked once."""

from __future__ import annotations

import re

from dlviz.explainers.explainer import Explainer

#: What is asked so often takes about this part of the samples or steps that the method itself takes, and no fewer than
#: `LEAST`, or than the setting allows.
SHARE, LEAST = 4, 16


def quick(method: Explainer) -> Explainer:
    """The method with a quarter of the numbers that its `cost` names, such as `samples`. What is `auto` stays so."""
    named = re.findall(r"`(\w+)`", type(method).cost)
    fewer = {}
    for setting in type(method).settings():
        number = getattr(method, setting.name)
        if setting.name in named and isinstance(number, int) and not isinstance(number, bool):
            fewer[setting.name] = min(number, max(number // SHARE, LEAST, int(setting.low or 0)))
    return method.model_copy(update=fewer)
