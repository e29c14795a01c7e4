"""Edits that bring nodes in and out: add, remove, duplicate, shift."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dlviz.core.problems import WrongInput
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import (
    BLOCK,
    INPUT,
    Entries,
    Entry,
    ends,
    find,
    fresh,
    names,
    ordered,
    put_after,
    readers,
    swapped,
)


def title(entry: Entry) -> str:
    """What a person calls it: its kind; a block's title."""
    return str(entry.get("title") or BLOCK) if entry["kind"] == BLOCK else str(entry["kind"])


def wanted_name(entry: Entry) -> str:
    """The name that a new node gets where that is free: its kind or title in small letters."""
    return title(entry).lower()


def add(
    entries: Entries,
    catalogue: Catalogue,
    new: Entry,
    *,
    after: Sequence[str] = (),
    edge: tuple[str, str] | None = None,
    at: tuple[float, float] | None = None,
    loose: bool = False,
) -> Edited:
    """`new` (a kind and its settings) as a node.

    - on an `edge`: between its ends;
    - `after` a node that one other reads: between the two; that several read: as a further branch from it;
    - `after` several: it joins them, and what read the last of them now reads it;
    - with neither: at the end, behind the last node that none reads; `loose`: connected to nothing.
    """
    name = fresh(wanted_name(new), names(entries))
    entry: Entry = {"name": name, **new, "inputs": []}
    if at is not None:
        entry["at"] = list(at)
    if catalogue.takes(new)[1] == 0:
        return _source(entries, entry)
    if edge is not None:
        return on_edge(entries, entry, *edge)
    for source in after:
        find(entries, source)
    if not after:
        after = () if loose else ends(ordered(entries))[-1:]
    if not after:
        loose_end = ", not connected yet" if entries else ""
        return Edited([*entries, entry], f"{title(entry)} added{loose_end}.", (name,))
    known = names(ordered(entries))
    last = max(after, key=known.index)
    entry["inputs"] = list(dict.fromkeys(after))
    follow = readers(entries, last)
    if len(after) == 1 and len(follow) > 1:
        say = f"{title(entry)} added as a further branch from {last}."
        return Edited(put_after(entries, [entry], after), say, (name,))
    changed = [
        {**each, "inputs": swapped(each["inputs"], last, name)} if last in each["inputs"] else each for each in entries
    ]
    before = f", before {follow[0]['name']}" if len(follow) == 1 else ""
    verb = f"joins {_listed(entry['inputs'])}" if len(after) > 1 else f"added after {last}"
    return Edited(put_after(changed, [entry], after), f"{title(entry)} {verb}{before}.", (name,))


def on_edge(entries: Entries, entry: Entry, source: str, target: str) -> Edited:
    """`entry` between `source` and `target`; other readers of `source` stay as they are."""
    if source not in find(entries, target)["inputs"]:
        raise WrongInput(f"`{target}` does not read `{source}`, so there is no edge to put a layer on.")
    entry = {**entry, "inputs": [source]}
    changed = [
        {**each, "inputs": swapped(each["inputs"], source, entry["name"])} if each["name"] == target else each
        for each in entries
    ]
    say = f"{title(entry)} added between {source} and {target}."
    return Edited(put_after(changed, [entry], [source]), say, (entry["name"],))


def _source(entries: Entries, entry: Entry) -> Edited:
    """An Input stands before all that is no Input; the only one is read by what waits for an input."""
    only = all(each["kind"] != INPUT for each in entries)
    waiting = [each["name"] for each in entries if not each["inputs"]][:1] if only else []
    changed = [{**each, "inputs": [entry["name"]]} if each["name"] in waiting else each for each in entries]
    place = next((n for n, each in enumerate(changed) if each["kind"] != INPUT), len(changed))
    say = f"{title(entry)} added" + (f", read by {waiting[0]}." if waiting else ".")
    return Edited([*changed[:place], entry, *changed[place:]], say, (entry["name"],))


def remove(entries: Entries, catalogue: Catalogue, gone: Collection[str]) -> Edited:
    """Without these nodes. What read one of them reads what that read: its first input, or all of them where the
    reader may take any number."""
    for name in gone:
        find(entries, name)
    order = names(ordered(entries))
    changed = entries
    for name in sorted(gone, key=order.index):
        changed = _without(changed, catalogue, name)
    first = min(order.index(name) for name in gone)
    left = [name for name in order if name not in gone]
    near = [name for name in order[:first] if name in left][-1:] or left[:1]
    return Edited(changed, f"{_listed(sorted(gone, key=order.index))} removed.", tuple(near))


def _without(entries: Entries, catalogue: Catalogue, name: str) -> Entries:
    gone = find(entries, name)
    heirs = [source for source in gone["inputs"] if source != name]
    changed: Entries = []
    for entry in entries:
        if entry["name"] == name:
            continue
        if name in entry["inputs"]:
            inputs: list[str] = []
            many = catalogue.takes(entry)[1] is None
            for source in entry["inputs"]:
                if source != name:
                    inputs.append(source)
                elif many:
                    others = [*inputs, *entry["inputs"]]
                    inputs += [heir for heir in dict.fromkeys(heirs) if heir not in others]
                else:
                    inputs += heirs[:1]
            entry = {**entry, "inputs": inputs}
        changed.append(entry)
    return changed


def duplicate(entries: Entries, catalogue: Catalogue, chosen: Collection[str]) -> Edited:
    """Copies of the chosen nodes, wired among themselves as these are. Where the chosen take from one node and end in
    one, the copies follow them in the chain; otherwise they read the same nodes."""
    for name in chosen:
        find(entries, name)
    originals = [entry for entry in ordered(entries) if entry["name"] in chosen]
    return attach(entries, catalogue, originals, after=_way_on(entries, chosen), keep=True)


def attach(entries: Entries, catalogue: Catalogue, copied: Entries, *, after: str | None, keep: bool = False) -> Edited:
    """Copies of `copied` brought in under names that are free. With `after`, what they read from outside the copy is
    that node, and where they end in one node, what read `after` reads that one. Without, they read what they read
    before (`keep`) or nothing."""
    if after is not None:
        find(entries, after)
    taken = set(names(entries))
    new_names: dict[str, str] = {}
    for entry in copied:
        new_names[entry["name"]] = fresh(_stem(entry), taken)
        taken.add(new_names[entry["name"]])
    known = set(names(entries))
    made: Entries = []
    for entry in copied:
        inputs: list[str] = []
        for source in entry["inputs"]:
            if source in new_names:
                inputs.append(new_names[source])
            elif after is not None:
                inputs += [after] if after not in inputs or catalogue.takes(entry)[1] is not None else []
            elif keep and source in known:
                inputs.append(source)
        if after is not None and not entry["inputs"] and catalogue.takes(entry)[0] > 0:
            inputs = [after]
        copy = {**entry, "name": new_names[entry["name"]], "inputs": inputs}
        if keep:
            copy.pop("at", None)
        made.append(copy)
    last = ends(made)
    changed = entries
    if after is not None and len(last) == 1 and any(after in entry["inputs"] for entry in made):
        follow = readers(entries, after)
        if len(follow) == 1:
            changed = [
                {**each, "inputs": swapped(each["inputs"], after, last[0])} if after in each["inputs"] else each
                for each in entries
            ]
    behind = [after] if after is not None else [entry["name"] for entry in copied]
    sources = [entry for entry in made if catalogue.takes(entry)[1] == 0]
    rest = [entry for entry in made if entry not in sources]
    changed = put_after(changed, rest, behind)
    place = next((n for n, each in enumerate(changed) if each["kind"] != INPUT), len(changed))
    changed = [*changed[:place], *sources, *changed[place:]]
    what = title(made[0]) if len(made) == 1 else f"{len(made)} layers"
    return Edited(changed, f"{what} added" + (f" after {after}." if after else "."), tuple(names(made)))


def _way_on(entries: Entries, chosen: Collection[str]) -> str | None:
    """The node in which the chosen ones end, where they are a piece of the way that can be passed twice."""
    outside = {source for entry in entries if entry["name"] in chosen for source in entry["inputs"]} - set(chosen)
    left = [
        name
        for name in chosen
        if not (found := readers(entries, name)) or any(entry["name"] not in chosen for entry in found)
    ]
    return left[0] if len(outside) == 1 and len(left) == 1 else None


def _stem(entry: Entry) -> str:
    """A copy's name without the number that its original got to be unlike others."""
    stem, _, number = str(entry["name"]).rpartition("_")
    return stem if stem and number.isdigit() else str(entry["name"])


def shift(entries: Entries, name: str, by: int) -> Edited:
    """The node `name` one place earlier (-1) or later (1) in its chain. `WrongInput` where there is a branch or an
    end."""
    entry = find(entries, name)
    if by < 0:
        pair = (entry["inputs"][0], name) if len(entry["inputs"]) == 1 else None
    else:
        following = readers(entries, name)
        pair = (name, following[0]["name"]) if len(following) == 1 else None
    if pair is None or not _chained(entries, *pair):
        where = "earlier" if by < 0 else "later"
        raise WrongInput(f"`{name}` cannot go further {where}: there a branch, an Input or the end stands.")
    first, second = pair
    before = find(entries, first)["inputs"]
    changed: Entries = []
    for each in entries:
        if each["name"] == second:
            changed.append({**each, "inputs": list(before)})
        elif each["name"] == first:
            changed.append({**each, "inputs": [second]})
        else:
            changed.append({**each, "inputs": swapped(each["inputs"], second, first)})
    one, two = (next(n for n, each in enumerate(changed) if each["name"] == each_name) for each_name in pair)
    changed[one], changed[two] = changed[two], changed[one]
    return Edited(changed, f"{name} moved {'before' if by < 0 else 'after'} {first if by < 0 else second}.", (name,))


def _chained(entries: Entries, first: str, second: str) -> bool:
    """Whether `first` → `second` is a piece of a plain chain that can be turned round: an Input stays first, and a
    merge keeps its branches."""
    upper, lower = find(entries, first), find(entries, second)
    return lower["inputs"] == [first] and len(readers(entries, first)) == 1 and len(upper["inputs"]) == 1


def _listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; more than four are counted."""
    if len(words) > 4:
        return f"{len(words)} layers"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
