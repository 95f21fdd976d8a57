"""How would a warehouse keep its books in plain dictionaries? What the database does is compared with this."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from uuid import UUID

NOTHING = Decimal(0)
Spot = tuple[UUID, str, str | None]
Wanted = Iterable[tuple[UUID, Decimal]]


class Refused(Exception):
    """The plain warehouse does not do this."""


@dataclass
class Lying:
    """What lies in one bin of one batch."""

    on_hand: Decimal = NOTHING
    held: Decimal = NOTHING


@dataclass
class Kept:
    """What is kept for one document of one product; `turn` is its place among the documents."""

    quantity: Decimal
    until: datetime | None
    turn: int


@dataclass
class PlainStock:
    """Products lie in bins (walked in the order of their names) as batches (that expire some day, or never)."""

    now: datetime
    today: date
    expires: dict[str, date | None]
    spots: dict[Spot, Lying] = field(default_factory=lambda: defaultdict(Lying))
    kept: dict[tuple[UUID, UUID], Kept] = field(default_factory=dict)
    ends: dict[tuple[UUID, UUID], set[str]] = field(default_factory=lambda: defaultdict(set))
    turns: "count[int]" = field(default_factory=count)

    def does(self, act: Callable[[], None]) -> bool:
        """Whether it is done; what is refused leaves no trace."""
        before = deepcopy((self.spots, self.kept, self.ends))
        try:
            act()
        except Refused:
            self.spots, self.kept, self.ends = before
            return False
        return True

    def on_hand(self, product: UUID) -> Decimal:
        return sum((lying.on_hand for (p, _, _), lying in self.spots.items() if p == product), NOTHING)

    def held(self, product: UUID) -> Decimal:
        return sum((lying.held for (p, _, _), lying in self.spots.items() if p == product), NOTHING)

    def reserved(self, product: UUID) -> Decimal:
        return sum((kept.quantity for (_, p), kept in self.kept.items() if p == product), NOTHING)

    def free(self, product: UUID, *, when_freed: bool = False) -> Decimal:
        """What can be promised; `when_freed`: once everything that is due has been freed."""
        due = [k.quantity for (_, p), k in self.kept.items() if p == product and self.is_due(k)]
        usable = sum((amount for _, amount in self.shelf(product)), NOTHING)
        return usable - self.reserved(product) + (sum(due, NOTHING) if when_freed else NOTHING)

    def shelf(
        self, product: UUID, bin: str | None = None, lot: str | None = None
    ) -> list[tuple[Spot, Decimal]]:
        """What may be fetched, in the order in which it is."""
        lots = list(self.expires)
        found = [
            (spot, lying.on_hand - lying.held)
            for spot, lying in self.spots.items()
            if spot[0] == product and lying.on_hand > lying.held and not self.is_expired(spot[2])
        ]
        found = [(s, a) for s, a in found if bin in (None, s[1]) and lot in (None, s[2])]
        return sorted(
            found,
            key=lambda item: (
                self.expires.get(item[0][2] or "") or date.max,
                lots.index(item[0][2]) if item[0][2] else len(lots),
                item[0][1],
            ),
        )

    def is_expired(self, lot: str | None) -> bool:
        day = self.expires.get(lot) if lot else None
        return day is not None and day < self.today

    def is_due(self, kept: Kept) -> bool:
        return kept.until is not None and kept.until <= self.now

    def receive(self, spot: Spot, quantity: Decimal, *, is_held: bool) -> None:
        self.spots[spot].on_hand += quantity
        self.spots[spot].held += quantity if is_held else NOTHING

    def count(self, spot: Spot, counted: Decimal) -> None:
        self.free_due([spot[0]])
        lying = self.spots[spot]
        if self.on_hand(spot[0]) - lying.on_hand + counted < self.reserved(spot[0]):
            raise Refused
        lying.on_hand, lying.held = counted, min(lying.held, counted)

    def move(self, spot: Spot, target: str, quantity: Decimal) -> None:
        lying = self.spots[spot]
        if quantity > lying.on_hand or target == spot[1]:
            raise Refused
        along = max(NOTHING, quantity - (lying.on_hand - lying.held))
        there = self.spots[spot[0], target, spot[2]]
        lying.on_hand, lying.held = lying.on_hand - quantity, lying.held - along
        there.on_hand, there.held = there.on_hand + quantity, there.held + along

    def hold(self, spot: Spot, quantity: Decimal) -> None:
        lying = self.spots[spot]
        if quantity > lying.on_hand - lying.held:
            raise Refused
        lying.held += quantity

    def clear(self, spot: Spot, quantity: Decimal) -> None:
        if quantity > self.spots[spot].held:
            raise Refused
        self.spots[spot].held -= quantity

    def scrap(self, spot: Spot, quantity: Decimal) -> None:
        lying = self.spots[spot]
        if quantity > lying.on_hand or self.on_hand(spot[0]) - quantity < self.reserved(spot[0]):
            raise Refused
        lying.on_hand, lying.held = lying.on_hand - quantity, lying.held - min(quantity, lying.held)

    def reserve(self, holder: UUID, lines: Wanted, until: datetime | None) -> None:
        wanted = summed(lines)
        self.free_due(wanted)
        mine = {p: self.kept[holder, p].quantity for p in wanted if (holder, p) in self.kept}
        self._keep(holder, {p: q + mine.get(p, NOTHING) for p, q in wanted.items()}, until)

    def change(self, holder: UUID, lines: Wanted) -> None:
        wanted = summed(lines)
        self.free_due([*wanted, *(p for h, p in self.kept if h == holder)])
        for key in [key for key in self.kept if key[0] == holder and key[1] not in wanted]:
            self._end(key, "released")
        self._keep(holder, wanted, None)

    def hand_over(self, holder: UUID, new_holder: UUID) -> None:
        for _, product in [key for key in self.kept if key[0] == holder]:
            kept = self.kept.pop((holder, product))
            self.kept[new_holder, product] = Kept(kept.quantity, None, kept.turn)

    def release(self, holder: UUID) -> None:
        for key in [key for key in self.kept if key[0] == holder]:
            self._end(key, "released")

    def free_due(self, products: Iterable[UUID]) -> None:
        wanted = set(products)
        for key in [key for key, kept in self.kept.items() if key[1] in wanted and self.is_due(kept)]:
            self._end(key, "expired")

    def ship(self, holder: UUID, lines: Iterable[tuple[UUID, Decimal, str | None, str | None]]) -> None:
        listed = sorted(enumerate(lines), key=lambda n: (n[1][0], n[1][2:] == (None, None), n[0]))
        for _, (product, _, _, _) in listed:
            ended = self.ends[holder, product]
            if (holder, product) not in self.kept and ended and "consumed" not in ended:
                raise Refused
        for _, (product, quantity, bin, lot) in listed:
            self._take(holder, product, quantity, bin, lot)

    def picks(self, holder: UUID, product: UUID, wanted: Decimal) -> list[tuple[Spot, Decimal]]:
        """What is fetched for the document: its own part of the queue, and what is beyond it after everybody."""
        queue = sorted(
            ((key, k) for key, k in self.kept.items() if key[1] == product),
            key=lambda item: (item[1].until is not None, item[1].turn),
        )
        own = [n for n, (key, _) in enumerate(queue) if key[0] == holder]
        ahead = sum((k.quantity for _, k in queue[: own[0]]), NOTHING) if own else NOTHING
        kept = queue[own[0]][1].quantity if own else NOTHING
        total = sum((k.quantity for _, k in queue), NOTHING)
        spans = [(ahead, ahead + min(wanted, kept)), (total, total + max(wanted - kept, NOTHING))]
        return self._cut(self.shelf(product), spans)

    def _cut(
        self, shelf: list[tuple[Spot, Decimal]], spans: list[tuple[Decimal, Decimal]]
    ) -> list[tuple[Spot, Decimal]]:
        """The parts of the shelf, laid out as a ruler, that these spans of it cover."""
        found, since = [], NOTHING
        for spot, amount in shelf:
            covered = [min(since + amount, end) - max(since, begin) for begin, end in spans]
            taken = sum((c for c in covered if c > 0), NOTHING)
            if taken:
                found.append((spot, taken))
            since += amount
        return found

    def _take(self, holder: UUID, product: UUID, wanted: Decimal, bin: str | None, lot: str | None) -> None:
        key = (holder, product)
        kept = self.kept[key].quantity if key in self.kept else NOTHING
        if bin is None and lot is None:
            found = self.picks(holder, product, wanted)
        else:
            found = self._cut(self.shelf(product, bin, lot), [(NOTHING, wanted)])
        if sum((a for _, a in found), NOTHING) < wanted or (
            wanted > kept and wanted - kept > self.free(product)
        ):
            raise Refused
        for spot, amount in found:
            self.spots[spot].on_hand -= amount
        if kept:
            self.kept[key].quantity -= min(kept, wanted)
            if not self.kept[key].quantity:
                self._end(key, "consumed")

    def _keep(self, holder: UUID, targets: dict[UUID, Decimal], until: datetime | None) -> None:
        for product, target in targets.items():
            known = self.kept.get((holder, product))
            if target - (known.quantity if known else NOTHING) > max(self.free(product), NOTHING) and (
                known is None or target > known.quantity
            ):
                raise Refused
        for product, target in targets.items():
            known = self.kept.get((holder, product))
            turn = known.turn if known else next(self.turns)
            self.kept[holder, product] = Kept(target, until, turn)

    def _end(self, key: tuple[UUID, UUID], outcome: str) -> None:
        del self.kept[key]
        self.ends[key].add(outcome)


def summed(lines: Wanted) -> dict[UUID, Decimal]:
    """One quantity for each product, as a document asks for them."""
    wanted: dict[UUID, Decimal] = defaultdict(Decimal)
    for product, quantity in lines:
        wanted[product] += quantity
    return dict(wanted)
