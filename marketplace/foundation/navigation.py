"""Where can this person go?

Each room names its entrances; everybody sees those that their role opens, grouped by what they are for.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from flask import request, url_for
from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Actor, current_actor

GROUPS: dict[str, LazyString] = {
    "buy": _l("Buying"),
    "sell": _l("Selling"),
    "market": _l("Market"),
    "agree": _l("Agreements"),
    "money": _l("Money"),
    "quality": _l("Quality"),
    "organisation": _l("Organisation"),
}


class Entrance(NamedTuple):
    """A page that stands in the menu, the permission that shows it, and its place; `sides` narrows it further."""

    group: str
    label: LazyString
    endpoint: str
    permission: str
    icon: str
    sides: Sequence[str] = ("buyer", "supplier", "operator")


class Item(NamedTuple):
    """An entry of the menu as it is shown."""

    label: LazyString
    url: str
    icon: str
    is_current: bool


class Group(NamedTuple):
    """Entries that belong together."""

    label: LazyString
    items: list[Item]


_entrances: list[Entrance] = []


def add(*entrances: Entrance) -> None:
    """Put a room's entrances into the menu; adding one again changes nothing."""
    _entrances.extend(entrance for entrance in entrances if entrance not in _entrances)


def arrange(order: Sequence[str]) -> None:
    """Let the entrances stand in this order of their endpoints, those that it does not name after it."""
    places = {endpoint: place for place, endpoint in enumerate(order)}
    _entrances.sort(key=lambda entrance: places.get(entrance.endpoint, len(places)))


def groups(actor: Actor) -> list[Group]:
    """The menu of this actor."""
    open_ones = [entrance for entrance in _entrances if _is_open(entrance, actor)]
    here = _present(open_ones)
    shown = [
        Group(label, [_item(e, e is here) for e in open_ones if e.group == name])
        for name, label in GROUPS.items()
    ]
    return [group for group in shown if group.items]


def first_url(starts: Sequence[tuple[str, str]]) -> str:
    """The page that somebody starts on: the first of `starts` (permission, endpoint) that is theirs, else the first in
    their menu, else their own profile.
    """
    actor = current_actor()
    menu = [e.endpoint for name in GROUPS for e in _entrances if e.group == name and _is_open(e, actor)]
    work = [endpoint for permission, endpoint in starts if actor.permits(permission) and endpoint in menu]
    return url_for([*work, *menu, "identity.people.profile"][0])


def _is_open(entrance: Entrance, actor: Actor) -> bool:
    return actor.permits(entrance.permission) and any(map(actor.takes, entrance.sides))


def _present(open_ones: list[Entrance]) -> Entrance | None:
    """The entrance of the room that is looked at: the one whose address begins most like the page's.

    A page that shares none with any, such as one's own profile, belongs to no entrance.
    """
    ours = [entrance for entrance in open_ones if _room(entrance.endpoint) == _room(request.endpoint or "")]
    nearest = max(ours, key=_shared_steps, default=None)
    return nearest if nearest and _shared_steps(nearest) else None


def _room(endpoint: str) -> str:
    return endpoint.rpartition(".")[0]


def _shared_steps(entrance: Entrance) -> int:
    steps = zip(
        url_for(entrance.endpoint).strip("/").split("/"), request.path.strip("/").split("/"), strict=False
    )
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], steps))


def _item(entrance: Entrance, is_current: bool) -> Item:
    return Item(entrance.label, url_for(entrance.endpoint), entrance.icon, is_current)
