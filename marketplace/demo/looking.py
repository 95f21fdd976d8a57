"""What does the operator of the demo look at before buyers see it?

The products of one supplier, who delivers late and describes carelessly: some wait, one was let through, one refused.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from marketplace.demo.picturing import drawing_of
from marketplace.demo.world import SellingFirm, World, at_work
from marketplace.foundation.db import session
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.actions import (
    change_picture,
    change_product,
    create_product,
    publish_product,
)
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import ProductReview
from marketplace.sellers.moderation.actions import let_through, refuse, switch_moderation
from marketplace.sellers.moderation.queries import contents_of, fingerprint, reviews

NEW = (
    (
        "PR-01",
        'Coffret de douilles 1/4" 46 pièces',
        "39.90",
        "44512000",
        "Acier chrome-vanadium, coffret moulé.",
    ),
    ("PR-02", "Lime plate demi-douce 200 mm", "6.80", "44512000", "Taille croisée, manche bois."),
    (
        "PR-03",
        "SUPER PROMO !!! Le meilleur outil du marché",
        "9.90",
        "44512000",
        "Appelez-nous au numéro du site.",
    ),
    ("PR-04", "Serre-joint à pompe 600 mm", "14.20", "44512000", "Rail acier, mors protégés."),
)
REASON = "Le nom doit dire ce qu'est l'article, et la description n'invite pas à commander hors de la place."


def plan_looks(world: World, end: datetime, firm: SellingFirm) -> None:
    """Plan that this supplier's products are looked at first, in the last hours."""
    for hours, happening in ((6, _begin), (5, _publish), (4, _decide), (2.4, _change)):
        world.plan(end - timedelta(hours=hours), partial(happening, world, firm))


def _begin(world: World, firm: SellingFirm) -> None:
    with unit_of_work(platform("moderation", person=world.operator.actors["operator"])):
        switch_moderation(supplier_id=firm.id, is_on=True)


def _publish(world: World, firm: SellingFirm) -> None:
    with at_work(firm.actors["sales_desk"]):
        for sku, name, price, category, description in NEW:
            product = create_product(
                sku=sku,
                name=name,
                cpv_code=category,
                unit_code="C62",
                price=Money(Decimal(price), "EUR"),
                description=description,
                maker="Duvallon",
            )
            change_picture(product_id=product.id, picture=drawing_of(sku))
            publish_product(product_id=product.id)


def _decide(world: World, firm: SellingFirm) -> None:
    """The first is good, the third is not; the others wait."""
    with unit_of_work(platform("moderation", person=world.operator.actors["operator"])):
        waiting = session().scalars(reviews(ProductState.HELD, firm.id).order_by(ProductReview.id)).all()
        good, bad = waiting[0].product_id, waiting[2].product_id
        seen = {one: fingerprint(content) for one, content in contents_of([good, bad]).items()}
        let_through(seen={good: seen[good]})
        refuse(product_id=bad, seen=seen[bad], reason=REASON)


def _change(world: World, firm: SellingFirm) -> None:
    """What buyers know is called otherwise, and looks otherwise."""
    with at_work(firm.actors["sales_desk"]):
        ware = firm.goods[-1]
        change_product(product_id=ware.product_id, name="Mètre ruban 5 m, boîtier antichoc", maker="Duvallon")
        change_picture(product_id=ware.product_id, picture=drawing_of(f"{ware.sku} neuf"))
