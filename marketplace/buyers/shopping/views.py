"""What does a buyer see who looks for products?"""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, Response, flash, g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.requisitions.actions import add_to_cart, put_into_cart
from marketplace.buyers.shopping import queries
from marketplace.buyers.shopping.baskets import baskets, demands, take_basket
from marketplace.buyers.shopping.comparing import MOST, side_by_side
from marketplace.buyers.shopping.facets import Facet, codes_shown, facets
from marketplace.buyers.shopping.finding import DEPTH, Found
from marketplace.buyers.shopping.forms import ListForm, QuantityForm, WantedForm
from marketplace.buyers.shopping.listing import asked_of, lately, wanted_of
from marketplace.buyers.shopping.questions import ORDERS, Question, significant
from marketplace.buyers.shopping.savings import cheaper_under_contract
from marketplace.buyers.shopping.suggesting import suggestions
from marketplace.contracts.prices.queries import cheaper_from
from marketplace.contracts.prices.rules import RULES
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.paging import SIZE
from marketplace.foundation.quantity import UNITS
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import organisation, organisation_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import categories, category_path
from marketplace.sellers.facts.queries import side_by_side as properties_of, specification

blueprint = Blueprint("shopping", __name__, url_prefix="/shop")
NAVIGATION = (
    Entrance(
        "buy", _l("Catalogue"), "buyers.shopping.search", Permission.CATALOGUE_READ, "search", ("buyer",)
    ),
    Entrance(
        *("buy", _l("Quick order"), "buyers.shopping.quick"),
        *(Permission.REQUISITION_WRITE, "checklist", ("buyer",)),
    ),
)


@blueprint.get("/")
@requires(Permission.CATALOGUE_READ)
def search() -> Response:
    """What answers the words that were typed; without any, what stands on the shelf."""
    question, number = (
        Question.asked(request.args),
        min(max(request.args.get("page", 0, int), 0), DEPTH // SIZE),
    )
    results = queries.results(question, page=number, after=request.args.get("after", type=UUID))
    return page(
        "buyers/shopping/search.html",
        question=question,
        results=results,
        facets=_facets(question, results.found),
        orders=ORDERS,
        number=number,
        units=UNITS,
    )


@blueprint.get("/suggestions")
@requires(Permission.CATALOGUE_READ)
def suggest() -> Response:
    """What may be meant by somebody who is still typing; a part of the search page."""
    typed = Question.asked(request.args).typed
    return page("buyers/shopping/_suggestions.html", found=suggestions(typed), digits_of=significant)


@blueprint.get("/compare")
@requires(Permission.CATALOGUE_READ)
def compare() -> Response:
    """Up to six offers side by side, for the quantity that is wanted."""
    asked = WantedForm(request.args, meta={"csrf": False})
    is_asked = bool(request.args.get("wanted")) and asked.validate()
    chosen = list(dict.fromkeys(request.args.getlist("product", type=UUID)))
    rows = side_by_side(chosen, asked.wanted.data if is_asked else None)
    properties = properties_of([row.offer.product.id for row in rows])
    return page("buyers/shopping/compare.html", rows=rows, properties=properties, form=asked, units=UNITS)


@blueprint.get("/savings")
@requires(Permission.CATALOGUE_READ)
def savings() -> Response:
    """What was bought at no agreed price, and costs less under an agreement."""
    return page("buyers/shopping/savings.html", rows=cheaper_under_contract(), units=UNITS)


@blueprint.get("/basket")
@requires(Permission.REQUISITION_WRITE)
def basket() -> Response:
    """One's cart of one supplier, of two, of as many as make it cheaper; and one of these line by line."""
    asked = demands()
    found = baskets(asked)
    number = min(max(request.args.get("suppliers", len(found), int), 1), len(found))
    return page("buyers/shopping/basket.html", asked=asked, baskets=found, number=number)


@blueprint.post("/basket")
@requires(Permission.REQUISITION_WRITE)
def take() -> BaseResponse:
    """Put the offers that were shown into the cart, in the place of what they cover."""
    take_basket(product_ids=request.form.getlist("product", type=UUID))
    flash(_("These offers are in your cart now."), "good")
    return back_to(url_for("buyers.requisitions.cart"))


@blueprint.get("/list")
@requires(Permission.REQUISITION_WRITE)
def quick() -> Response:
    """A list of numbers and quantities to be typed; `from=last` begins with what was ordered lately."""
    lines = lately() if request.args.get("from") == "last" else None
    return page("buyers/shopping/list.html", form=ListForm(formdata=None, lines=lines), answers=None)


@blueprint.post("/list")
@requires(Permission.REQUISITION_WRITE)
def check_list() -> Response:
    """What the list asks for, line by line; nothing is in the cart yet."""
    form = ListForm()
    answers = attempt(form, asked_of)
    if any(answer.refusal for answer in answers or ()):
        g.status = 422
    return page("buyers/shopping/list.html", form=form, answers=answers)


@blueprint.post("/list/cart")
@requires(Permission.REQUISITION_WRITE)
def take_list() -> BaseResponse:
    """Put what the list was found to ask for into the cart."""
    put_into_cart(wanted=wanted_of(request.form.getlist("wanted")))
    flash(_("The list is in your cart."), "good")
    return back_to(url_for("buyers.requisitions.cart"))


@blueprint.get("/<uuid:product_id>")
@requires(Permission.CATALOGUE_READ)
def show(product_id: UUID) -> Response:
    """One product: what it is, what it costs this buyer and why, and who else sells it."""
    asked = QuantityForm(request.args, meta={"csrf": False})
    if "quantity" not in request.args:
        return _show(product_id, None, None)
    quantity = asked.quantity.data if asked.validate() else None
    return _show(product_id, quantity if quantity and quantity > 0 else None, asked)


@blueprint.post("/<uuid:product_id>/add")
@requires(Permission.REQUISITION_WRITE)
def add(product_id: UUID) -> BaseResponse:
    """Put so many into the cart, and go on looking."""
    form = QuantityForm()
    line = attempt(form, add_to_cart, product_id=product_id)
    if line is None:
        return _show(product_id, None, form)
    flash(_("“%(name)s” is in your cart.", name=line.name), "good")
    query = request.form.get("query")
    if query is None:
        return back_to(url_for("buyers.shopping.show", product_id=product_id))
    return back_to(f"{url_for('buyers.shopping.search')}?{query}")


def _show(product_id: UUID, quantity: Decimal | None, form: QuantityForm | None) -> Response:
    offer = queries.offer(product_id, quantity=quantity)
    others, larger = queries.others_of(offer), queries.larger_quantities(offer)
    return page(
        "buyers/shopping/show.html",
        offer=offer,
        all_offers=queries.by_base_price([offer, *others]),
        compared=[one.product.id for one in (offer, *others)][:MOST],
        form=form or QuantityForm(formdata=None, quantity=offer.price.quantity),
        larger=queries.changing(larger),
        cheaper=cheaper_from(offer.price, {product_id: [step.price for step in larger]}),
        specification=specification(product_id),
        rules=RULES,
        categories=category_path(offer.product.cpv_code),
        units=UNITS,
    )


def _facets(question: Question, found: Found) -> list[Facet]:
    return facets(
        question,
        found,
        categories(codes_shown(question, found)),
        organisation_names({*found.sellers, *question.sellers}),
        organisation(current_actor().organisation).currency,
    )
