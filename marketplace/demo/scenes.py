"""What must a visitor be able to see? Every state that a requisition, an order, its money or a dispute can be in.

These needs are planned one by one, so that nothing of it depends on chance or on how much else happens. An undisturbed
one is ordered after 4 hours, confirmed after 8, paid after 28, shipped after 32, counted after 56, disputed after 59.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from marketplace.demo.course import Approval, Counted, Course, Onward, Reply, Response, Shipped
from marketplace.demo.trade import Trade, wanted
from marketplace.demo.world import SellingFirm, World


class Scene(NamedTuple):
    """So many days before the end of the year a buyer needs something of a supplier (by their place in the cast)."""

    days: float
    course: Course
    supplier: int = 0
    buyer: int = 0
    articles: int = 1
    requester: str = "requester"


def _awaited(pays_by: str = "pm_card_visa", **changes: object) -> Course:
    """Confirmed and not shipped."""
    return Course(pays_by=pays_by, shipped=Shipped.NONE, **changes)  # type: ignore[arg-type]


def _contested(quarrel: str, counted: Counted = Counted.DAMAGED, pays_by: str = "pm_card_visa") -> Course:
    return Course(worth=1400, counted=counted, quarrel=quarrel, pays_by=pays_by)


A, F, OUTILS, FORGES = Approval, Counted, 4, 5
LARGE = 6500
REQUISITIONS = (
    Scene(0.2, Course(approval=A.NONE, worth=1900), articles=3),
    Scene(0.3, Course(approval=A.NONE, worth=LARGE), supplier=OUTILS, articles=2),
    Scene(0.8, Course(approval=A.HALFWAY, worth=LARGE), supplier=OUTILS, articles=2),
    Scene(0.4, Course(approval=A.ASKING, worth=2700), supplier=OUTILS, articles=2),
    Scene(2.2, Course(approval=A.ANSWERED, worth=1700, onward=Onward.KEPT)),
    Scene(5, Course(approval=A.NONE, worth=2400), supplier=OUTILS),
    Scene(0.4, Course(approval=A.NONE), supplier=1, buyer=1),
    Scene(1.3, Course(approval=A.NONE, worth=1300), supplier=1, requester="procurement_lead"),
    Scene(4, Course(approval=A.REFUSED, worth=3100), articles=2),
    Scene(3, Course(approval=A.NONE, onward=Onward.TAKEN_BACK)),
    Scene(1, Course(onward=Onward.KEPT), supplier=OUTILS),
    Scene(12, Course(onward=Onward.KEPT)),
)
ORDERS = (
    Scene(0.6, Course(reply=Reply.NONE), articles=3),
    Scene(0.7, Course(reply=Reply.NONE, worth=450), supplier=OUTILS),
    Scene(1.1, Course(reply=Reply.CHANGED, response=Response.NONE), articles=2),
    Scene(1.2, Course(reply=Reply.CHANGED, response=Response.NONE), supplier=OUTILS),
    Scene(7, Course(reply=Reply.CHANGED, response=Response.DECLINED), articles=2),
    Scene(6, Course(reply=Reply.REFUSED), supplier=OUTILS),
    Scene(3.2, _awaited("", is_cancelled=True)),
    Scene(1.9, _awaited(worth=1250), articles=3),
    Scene(8, _awaited(days_until_needed=3, worth=2100), supplier=OUTILS, articles=2),
    Scene(9, _awaited(days_until_needed=4, worth=700)),
    Scene(3.4, Course(worth=2800, shipped=Shipped.FIRST_PART), articles=2),
    Scene(3.3, Course(worth=1600, shipped=Shipped.FIRST_PART), supplier=OUTILS),
    Scene(2.2, Course(is_tracked=True, is_delivered=False), articles=2),
    Scene(4.2, Course(counted=F.NONE, is_tracked=True), supplier=OUTILS, articles=2),
    Scene(13, Course(worth=1800, shipped=Shipped.IN_PARTS, is_tracked=True), articles=3),
    Scene(6.2, Course(counted=F.SHORT)),
    Scene(7.2, Course(counted=F.OVER)),
    Scene(8.2, Course(counted=F.DAMAGED), supplier=OUTILS),
)
MONEY = (
    Scene(2.1, _awaited("", worth=1150)),
    Scene(1.6, _awaited("pm_card_authenticationRequired")),
    Scene(5.6, _awaited("pm_card_authenticationRequired", is_cancelled=True)),
    Scene(1.5, _awaited("pm_success_fr", worth=1700), supplier=OUTILS),
    Scene(2.3, _awaited("pm_card_chargeCustomerFail")),
    Scene(6.4, _awaited("pm_failed_fr")),
    Scene(5.2, _awaited(is_cancelled=True), supplier=OUTILS),
    Scene(2.4, _awaited("pm_card_pendingRefund", is_cancelled=True)),
    Scene(6.6, _awaited("pm_card_refundFail", is_cancelled=True)),
    Scene(4.4, Course(), supplier=FORGES),
    Scene(12.2, _contested("wrong goods", F.WHOLE), supplier=FORGES),
    Scene(14.2, _contested("wrong goods", F.WHOLE)),
    Scene(9.2, _contested("settled", pays_by="")),
)
# How long each of them takes is the sum of its steps in `quarrels.py`.
DISPUTES = (
    Scene(2.7, _contested("opened")),
    Scene(10.5, _contested("escalated"), supplier=OUTILS),
    Scene(3.2, _contested("claim")),
    Scene(3.5, _contested("answer"), supplier=OUTILS),
    Scene(5.3, _contested("negotiation")),
    Scene(28, _contested("deadlock", F.SHORT), supplier=OUTILS),
    Scene(28.7, _contested("mediator called")),
    Scene(29.3, _contested("mediator named"), supplier=OUTILS),
    Scene(30.4, _contested("mediation")),
    Scene(31, _contested("mediator's proposal"), supplier=OUTILS),
    Scene(36, _contested("referred")),
    Scene(4.5, _contested("settled", pays_by="pm_card_pendingRefund")),
    Scene(20, _contested("settled"), supplier=OUTILS),
    Scene(26, _contested("shared", F.SHORT)),
    Scene(60, _contested("mediated")),
    Scene(15, _contested("replaced"), supplier=OUTILS),
    Scene(11, _contested("withdrawn", F.SHORT)),
    Scene(118, _contested("lapsed"), supplier=OUTILS),
)
SCENES = (*REQUISITIONS, *ORDERS, *MONEY, *DISPUTES)


def plan_scenes(world: World, end: datetime) -> None:
    """Plan all of them, so that each stands where it is meant to when the year ends."""
    sellers = list(world.sellers.values())
    for scene in SCENES:
        seller = sellers[scene.supplier]
        chosen = wanted(world.chance, seller, scene.course.worth, scene.articles)
        trade = Trade(world, world.buyers[scene.buyer], scene.requester, tuple(chosen), scene.course)
        world.plan(end - timedelta(days=scene.days), trade.begin)
    _plan_without_contract(world, end, sellers)


def _plan_without_contract(world: World, end: datetime, sellers: list[SellingFirm]) -> None:
    """The first buyer orders of another supplier what an agreement with the first one has."""
    for days, supplier in ((40, 1), (33, 2)):
        chosen = [(ware.product_id, Decimal(10 * ware.pack)) for ware in sellers[supplier].goods[:3]]
        trade = Trade(world, world.buyers[0], "requester", tuple(chosen), Course())
        world.plan(end - timedelta(days=days), trade.begin)
