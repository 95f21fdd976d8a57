"""What does a supplier see of what its customers pay?"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, g, request

from marketplace.contracts.prices.forms import QuestionForm
from marketplace.contracts.prices.pricing import Wanted
from marketplace.contracts.prices.queries import price_table
from marketplace.contracts.prices.rules import RULES
from marketplace.contracts.prices.wording import steps_of
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal
from marketplace.foundation.web import page, requires
from marketplace.identity.organisations.queries import possible_counterparties
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.ordering import orderable_quantity
from marketplace.sellers.price_lists.queries import own_article

blueprint = Blueprint("prices", __name__, url_prefix="/prices")


@blueprint.get("/check")
@requires(Permission.CATALOGUE_WRITE)
def check() -> Response:
    """What one customer pays for so many of an article, and why."""
    is_asked = bool(request.args)
    form = QuestionForm(request.args if is_asked else None, day=clock.today(), meta={"csrf": False})
    form.buyer_id.offer((row.id, row.name) for row in possible_counterparties(is_buying=False))
    found = _answer(**form.values(), form=form) if is_asked and form.validate() else {}
    g.status = 422 if form.errors else 200
    return page("contracts/prices/check.html", form=form, rules=RULES, **{"price": None, **found})


def _answer(
    *, buyer_id: UUID, sku: str, quantity: Decimal, day: date, form: QuestionForm
) -> dict[str, object]:
    try:
        product = own_article(sku)
        orderable_quantity(product, quantity)
    except Refusal as refusal:
        form.refuse(refusal)
        return {}
    [price] = price_table(buyer_id=buyer_id, wanted=[Wanted(product.id, quantity)], on=day)
    return {"price": price, "product": product, "steps": steps_of(price, product.unit_code)}
