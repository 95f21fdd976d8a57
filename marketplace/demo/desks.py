"""What else lies on people's desks when the year ends? Carts, keys, invitations, applications, files, replies, news."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.buyers.approvals.actions import delegate
from marketplace.buyers.history.actions import bring_in as bring_in_past
from marketplace.buyers.history.mapping import HistoryMapping, PastLine
from marketplace.buyers.requisitions.actions import add_to_cart
from marketplace.buyers.searches.actions import save_search
from marketplace.buyers.shopping.questions import Question
from marketplace.demo import cast
from marketplace.demo.founding import bring_in, password_hash
from marketplace.demo.looking import plan_looks
from marketplace.demo.papering import PAPERS, hand_in_papers
from marketplace.demo.paying import leave_page_open
from marketplace.demo.picturing import plan_pictures
from marketplace.demo.pricing import plan_prices
from marketplace.demo.repeating import plan_repeating
from marketplace.demo.versioning import plan_versions
from marketplace.demo.world import BuyingFirm, Firm, SellingFirm, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import keep_password_hash
from marketplace.identity.access.keys import create_api_key
from marketplace.identity.notices.actions import read_all_notices
from marketplace.identity.organisations.actions import (
    admit_organisation,
    refuse_organisation,
    register_organisation,
    suspend_organisation,
)
from marketplace.identity.people.actions import add_membership, add_person, invite_person
from marketplace.sellers.attributes.actions import describe_attribute
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.catalogue.actions import create_product, show_to, withdraw_product
from marketplace.sellers.fulfilment.actions import ask_for_pick_list
from marketplace.sellers.fulfilment.lifecycle import FulfilmentState
from marketplace.sellers.fulfilment.models import FulfilmentOrder
from marketplace.sellers.items.actions import join_items, keep_apart
from marketplace.sellers.items.jobs import compare_offers
from marketplace.sellers.items.models import ItemSuggestion
from marketplace.sellers.items.queries import questions
from marketplace.sellers.scorecards.actions import reply_to_scorecard
from marketplace.sellers.scorecards.models import Scorecard
from marketplace.sellers.scorecards.queries import scorecards
from marketplace.sellers.search.actions import say_synonym
from marketplace.sellers.specifications.actions import specify_product

PAST = 24
"""Deliveries that the first buyer knew before it came here."""
OLD_SYSTEM = HistoryMapping("", "EUR", (), {}, "44531000", decimal_comma=True)
SYNONYMS = (("perceuse", "foreuse"), ("gants", "moufles"), ("lampe frontale", "frontale"))
ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"code": "weight", "label_en": "Weight", "label_fr": "Masse", "kind": "number", "unit_code": "GRM"},
    {
        **{"code": "packaging", "label_en": "Packaging", "label_fr": "Emballage", "kind": "choice"},
        "choices": ["box", "bag", "blister"],
    },
    {"code": "is_recycled", "label_en": "Recycled", "label_fr": "Recyclé", "kind": "flag"},
)
# What three goods of each of two suppliers are: a screw, another one, and one that is coated with what burns.
SPECIFICATIONS: tuple[dict[str, str], ...] = (
    {
        **{"attribute_packaging": "box", "attribute_is_recycled": "no"},
        **{"origin_country": "FR", "unspsc_code": "31161500", "certificates": "ISO 9001 (2027-12-31)"},
    },
    {
        **{"attribute_packaging": "box", "attribute_is_recycled": "yes"},
        **{
            "origin_country": "DE",
            "unspsc_code": "31161500",
            "certificates": "EU Ecolabel; ISO 14001 (2028-06-30)",
        },
    },
    {
        **{"attribute_packaging": "bag", "attribute_is_recycled": "no"},
        **{"origin_country": "IT", "shelf_life_days": "730", "remaining_days": "365", "un_number": "UN1263"},
        **{"signal_word": "danger", "pictograms": "GHS02 GHS07", "hazard_statements": "H225 H319 EUH066"},
        **{"precautionary_statements": "P210 P233 P305+P351+P338", "certificates": "ISO 9001 (2027-12-31)"},
    },
)
SAMPLE = Money(Decimal("12.50"), "EUR")
# Four of these cannot be taken: no price, no unit that is known, no category, no name.
SEASON = (
    ("NV-01", "Coffret d'embouts 32 pièces", "SET", "18.90", "44512000", 1, 1, 1, 4, 300),
    ("NV-02", "Lampe frontale rechargeable", "C62", "24.50", "31520000", 1, 1, 1, 4, 180),
    ("NV-03", "Ruban adhésif armé 50 m", "RO", "6.20", "44424200", 1, 6, 6, 4, 900),
    ("NV-04", "Servante d'atelier 6 tiroirs", "C62", "sur devis", "39100000", 1, 1, 1, 9, 4),
    ("NV-05", "Graisse multi-usage 400 g", "boîte ronde", "7.80", "24951100", 1, 1, 1, 4, 240),
    ("NV-06", "Marqueur industriel", "C62", "3.10", "papeterie", 1, 10, 10, 4, 2000),
    ("NV-07", "", "C62", "11.40", "44512000", 1, 1, 1, 4, 60),
    ("NV-08", "Gants de manutention", "PR", "4.90", "18141000", 1, 12, 12, 4, 1200),
)


def plan_desks(world: World, end: datetime) -> None:
    """Plan what happens beside the trade, mostly in the last days of the year."""
    buyer, *others = world.buyers
    sellers = list(world.sellers.values())
    shown = [sellers[0], sellers[4]]

    def plan(days: float, happening: Callable[..., None], *arguments: object) -> None:
        world.plan(end - timedelta(days=days), happening, *arguments)

    plan_pictures(world, end, shown)
    plan_prices(world, end, shown)
    plan_versions(world, end, shown)
    plan_repeating(world, end, buyer, shown[0])
    plan(364, _remember, buyer, shown)
    plan(20, _properties, world, shown)
    plan(9, _applications, world)
    plan(7, _words, world)
    plan(5, _twins, world)
    plan(4, _lookouts, buyer)
    plan_looks(world, end, sellers[4])
    plan(6, _keys_and_invitations, world, buyer, shown)
    plan(3.5, _stand_in, buyer)
    plan(2.5, _season, buyer, shown)
    plan(2, _reply, shown)
    plan(1.4, _read, [buyer, *others, *shown, world.operator])
    plan(0.2, _carts, buyer, shown)
    plan(0.1, _pick_lists, shown)
    plan(0.1, leave_page_open, buyer)


def _remember(buyer: BuyingFirm, shown: list[SellingFirm]) -> None:
    """The deliveries of the old system, which count in the first scorecards."""
    for firm in shown:
        lines = [_past_line(firm, number) for number in range(PAST)]
        articles = {(firm.id, line.article): firm.goods[0].product_id for line in lines}
        with at_work(buyer.actors["procurement_lead"]):
            bring_in_past(lines=lines, sellers={firm.name: firm.id}, products=articles, mapping=OLD_SYSTEM)


def _past_line(firm: SellingFirm, number: int) -> PastLine:
    promised = clock.today() - timedelta(days=10 + 5 * number)
    return PastLine(
        line=number + 2,
        reference=f"BL-{firm.goods[0].sku}-{number + 1:02d}",
        order=f"CDE-{firm.goods[0].sku}-{number // 2 + 1:02d}",
        supplier=firm.name,
        article=f"{firm.goods[0].sku}, lot {number % 3 + 1}",
        quantity=Decimal(4 + number),
        unit_price=firm.goods[0].price,
        promised=promised,
        delivered=promised + timedelta(days=4 if number % 6 == 5 else 0),
        ordered=promised - timedelta(days=9),
        freight=None,
    )


def _applications(world: World) -> None:
    """Two applications wait for the operator, one was refused, and a member is suspended."""
    with unit_of_work(platform("market membership", person=world.operator.actors["operator"])):
        ids = [_applied(name, email) for name, email in cast.APPLICANTS]
        refuse_organisation(organisation_id=ids[2], reason="Le numéro d'immatriculation est introuvable.")
        admit_organisation(organisation_id=ids[3])
        suspend_organisation(organisation_id=ids[3], reason="Attestation de vigilance expirée.")


def _applied(name: str, email: str) -> UUID:
    row = register_organisation(name=name, is_supplier=True)
    person = add_person(email=email, name=f"Ventes {name}")
    add_membership(person_id=person.id, organisation_id=row.id, roles=["sales_desk", "administrator"])
    keep_password_hash(person_id=person.id, password_hash=password_hash())
    return row.id


def _keys_and_invitations(world: World, buyer: BuyingFirm, shown: list[SellingFirm]) -> None:
    """Each side has a program with a key, and a colleague who has not come yet."""
    desks = [(buyer, "procurement_lead"), *((seller, "sales_desk") for seller in shown)]
    for firm, role in (*desks, (world.operator, "operator")):
        with at_work(firm.actors[role]):
            create_api_key(label="Progiciel de gestion", roles=[role])
            invite_person(email=f"nouveau.{role.replace('_', '.')}@{firm.domain}", roles=[role])


def _stand_in(buyer: BuyingFirm) -> None:
    """The first approver is away next week, the second one after that."""
    tomorrow = clock.today() + timedelta(days=1)
    for role, other, weeks in (("approver", "approver 2", 0), ("approver 2", "procurement_lead", 1)):
        starts = tomorrow + timedelta(weeks=weeks + 1)
        with at_work(buyer.actors[role]):
            delegate(
                to_person_id=buyer.actors[other].person, starts_on=starts, ends_on=starts + timedelta(days=6)
            )


def _season(buyer: BuyingFirm, shown: list[SellingFirm]) -> None:
    """New articles come in by a file that is not all right; one is kept for a buyer, one a draft, one withdrawn."""
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            bring_in(f"nouveautes-{firm.domain.partition('.')[0]}.csv", SEASON)
            draft = create_product(
                sku="PROTO-1",
                name="Échantillon à valider",
                cpv_code="44000000",
                unit_code="C62",
                price=SAMPLE,
            )
            show_to(product_id=draft.id, buyer_id=buyer.id)
            withdraw_product(product_id=firm.goods[-1].product_id)


def _reply(shown: list[SellingFirm]) -> None:
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            newest = session().scalars(scorecards().order_by(Scorecard.period.desc()).limit(1)).one()
            reply_to_scorecard(
                scorecard_id=newest.id,
                body="Deux retards viennent du transporteur, que nous avons changé depuis ce mois.",
            )


def _read(firms: list[Firm]) -> None:
    """Everybody has read what they were told so far."""
    for firm in firms:
        for actor in {actor.person_id: actor for actor in firm.actors.values()}.values():
            with at_work(actor):
                read_all_notices()


def _carts(buyer: BuyingFirm, shown: list[SellingFirm]) -> None:
    """Those who may buy have begun a cart, with something of both suppliers."""
    for role in ("requester", "requester 2", "procurement_lead"):
        with at_work(buyer.actors[role]):
            for firm in shown:
                ware = firm.goods[2]
                add_to_cart(product_id=ware.product_id, quantity=Decimal(ware.pack * 4))


def _lookouts(buyer: BuyingFirm) -> None:
    """Each colleague of the first buyer is told when something new answers what they look for."""
    for role in ("requester", "approver", "receiver", "buyer_finance", "procurement_lead"):
        with at_work(buyer.actors[role]):
            save_search(name="Visserie inox", question=Question("vis inox"))


def _words(world: World) -> None:
    """Who looks for the one finds the other."""
    with unit_of_work(platform("synonyms", person=world.operator.actors["operator"])):
        for word, other in SYNONYMS:
            say_synonym(word=word, other=other, is_two_way=True, category="")


def _properties(world: World, shown: list[SellingFirm]) -> None:
    """The operator has described what products say; two suppliers say it of their first goods."""
    with unit_of_work(platform("attributes", person=world.operator.actors["operator"])):
        for attribute in ATTRIBUTES:
            describe_attribute(**attribute)
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            for number, ware in enumerate(firm.goods[:3]):
                weight = {f"{PREFIX}weight": Decimal(8 + 5 * number)}
                specify_product(product_id=ware.product_id, said={**weight, **SPECIFICATIONS[number]})
                hand_in_papers(ware, PAPERS[number])


def _twins(world: World) -> None:
    """What is called alike was compared; the operator has decided about the first two."""
    while compare_offers():
        pass
    with unit_of_work(platform("items", person=world.operator.actors["operator"])):
        asked = session().scalars(questions(is_decided=False).order_by(ItemSuggestion.id).limit(2)).all()
        join_items(suggestion_id=asked[0].id, reason="Même fabricant, même emballage.")
        keep_apart(suggestion_id=asked[1].id, reason="Une autre nuance d'acier, d'après la fiche technique.")


def _pick_lists(shown: list[SellingFirm]) -> None:
    """The warehouses want to know which way to go for what is to be shipped."""
    for firm in shown:
        with at_work(firm.actors["warehouse"]):
            ready = select(FulfilmentOrder.order_id).where(
                FulfilmentOrder.seller_id == firm.id, FulfilmentOrder.status == FulfilmentState.READY
            )
            for order_id in session().scalars(ready.order_by(FulfilmentOrder.id).limit(1)).all():
                ask_for_pick_list(order_id=order_id)
