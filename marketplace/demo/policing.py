"""By which buying rules do the groups of the demo buy, and what do their requesters say to them?"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.policies.actions import WRITTEN, Reason, switch_rule, write_rule
from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.models import PolicyRule
from marketplace.buyers.policies.queries import newest_versions
from marketplace.buyers.requisitions.offers import cart_lines
from marketplace.buyers.requisitions.policing import Destination, verdicts_on_lines
from marketplace.buyers.requisitions.queries import lines_of, my_cart
from marketplace.demo.world import BuyingFirm, World, at_work
from marketplace.foundation import clock

K, E = PolicyKind, Effect
CONTRACT, FURNITURE = "Contrat-cadre d'abord", "Mobilier : services généraux d'abord"
PREFERRED = "Visserie : fournisseurs référencés"
RULES: tuple[tuple[PolicyKind, Effect, str, dict[str, Any]], ...] = (
    (K.CATEGORY_BAN, E.REFUSE, "Ni boissons ni denrées sur les cartes de l'atelier", {"cpv_prefix": "15"}),
    (K.CATEGORY_BAN, E.REASON, FURNITURE, {"cpv_prefix": "391"}),
    (K.CONTRACT_FIRST, E.REASON, CONTRACT, {"minimum_amount": Decimal(1000)}),
    (
        K.QUOTES,
        E.REASON,
        "Trois devis au-delà de 3 000 €",
        {"minimum_amount": Decimal(3000), "figure": Decimal(3)},
    ),
    (K.STANDING, E.WARN, "Fournisseurs bien notés", {"figure": Decimal(88)}),
    (K.PRICE_RISE, E.WARN, "Hausse de prix à expliquer", {"figure": Decimal(5)}),
)
REASONS: Mapping[PolicyKind, str] = {
    K.CATEGORY_BAN: "Les services généraux n'ont rien en réserve avant six semaines.",
    K.CONTRACT_FIRST: "Aucun accord-cadre ne couvre cet article ; demande transmise aux achats.",
    K.QUOTES: "Article propre à la machine : un seul fabricant l'a à son catalogue.",
    K.PREFERRED_SUPPLIER: "Le fournisseur référencé est en rupture.",
}


def plan_policies(world: World, *, start: datetime, end: datetime) -> None:
    """Plan that each group writes its rules when the year begins, and that the first one changes some of them."""
    for buyer in world.buyers:
        world.plan(start, _write, world, buyer)
    days: tuple[tuple[int, Callable[..., None]], ...] = ((120, _tighten), (40, _let_go), (3, _look_ahead))
    for before, happening in days:
        world.plan(end - timedelta(days=before), happening, world.buyers[0])


def reasons_for(to: Destination) -> dict[UUID, Reason]:
    """What the acting requester says to the rules that ask why, for their cart as it stands."""
    cart = my_cart()
    lines = cart_lines(cart, lines_of(cart.id)) if cart else []
    return {
        verdict.rule.rule_id: Reason(verdict.rule.version, REASONS[verdict.rule.kind])
        for verdict in verdicts_on_lines(lines, to)
        if verdict.rule.effect == E.REASON
    }


def _write(world: World, buyer: BuyingFirm) -> None:
    liked = [seller.id for seller in world.sellers.values() if seller.manner.kind == buyer.needs[0]][:2]
    with at_work(buyer.actors["procurement_lead"]):
        for kind, effect, name, said in RULES:
            write_rule(kind=kind, effect=effect, name=name, starts_on=clock.today(), **said)
        if liked:
            write_rule(
                kind=K.PREFERRED_SUPPLIER,
                effect=E.REASON,
                name=PREFERRED,
                starts_on=clock.today(),
                cpv_prefix="4453",
                supplier_ids=liked[:1],
            )


def _tighten(buyer: BuyingFirm) -> None:
    """Contracts come first for smaller amounts too, in a second version."""
    with at_work(buyer.actors["procurement_lead"]):
        rule = _named(CONTRACT)
        said = {name: getattr(rule, name) for name in WRITTEN} | {"minimum_amount": Decimal(800)}
        write_rule(rule_id=rule.rule_id, kind=rule.kind, **said)


def _let_go(buyer: BuyingFirm) -> None:
    """A rule that only annoyed is switched off."""
    with at_work(buyer.actors["procurement_lead"]):
        switch_rule(rule_id=_named(FURNITURE).rule_id, is_on=False)


def _look_ahead(buyer: BuyingFirm) -> None:
    """A rule for the next month is written already."""
    with at_work(buyer.actors["procurement_lead"]):
        write_rule(
            kind=K.CATEGORY_BAN,
            effect=E.REFUSE,
            name="Plus de vaisselle jetable",
            starts_on=clock.today() + timedelta(days=30),
            cpv_prefix="39222",
        )


def _named(name: str) -> PolicyRule:
    return next(rule for rule in newest_versions() if rule.name == name)
