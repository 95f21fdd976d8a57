"""What does an organisation see of its books, and the operator of all of them?"""

from uuid import UUID

from flask import Blueprint, Response, request

from marketplace.billing.ledger import queries
from marketplace.billing.ledger.models import AT_THE_PAYMENT_SERVICE, LABELS, Purpose
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.permissions import Permission

blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")
READ, WATCH = Permission.LEDGER_READ, Permission.MARKET_WATCH
NAVIGATION = (
    Entrance("money", _l("Ledger"), "billing.ledger.index", READ, "report-analytics", ("buyer", "supplier")),
    Entrance(
        "money", _l("Ledger of the market"), "billing.ledger.market", WATCH, "report-analytics", ("operator",)
    ),
)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """What stands on the accounts of the actor's organisation."""
    return page(
        "billing/ledger/index.html",
        balances=queries.balances(organisation_id=current_actor().organisation),
        labels=LABELS,
    )


@blueprint.get("/accounts/<uuid:account_id>")
@requires(READ)
def statement(account_id: UUID) -> Response:
    """The entries of one account with the running balance; the operator looks at anybody's, and that is audited."""
    before, actor = request.args.get("before", type=int), current_actor()
    if not actor.permits(WATCH):
        found = queries.statement(account_id, before=before)
        return page("billing/ledger/statement.html", statement=found, owner="", before=before)
    with unit_of_work(platform("look at an account", person=actor), read_only=True):
        found = queries.statement(account_id, before=before)
        owner = organisation(found.account.organisation_id).name
    return page("billing/ledger/statement.html", statement=found, owner=owner, before=before)


@blueprint.get("/market")
@requires(WATCH)
def market() -> Response:
    """The trial balance: what stands on all accounts of each purpose, which together is nothing."""
    with unit_of_work(platform("look at the books", person=current_actor()), read_only=True):
        totals = queries.trial_balance()
    currencies = sorted({total.money.currency for total in totals})
    return page("billing/ledger/market.html", totals=totals, labels=LABELS, sums=_sums(totals, currencies))


@blueprint.get("/market/<purpose>")
@requires(WATCH)
def purpose(purpose: str) -> Response:
    """The accounts of one purpose, by organisation."""
    if purpose not in list(Purpose):
        raise NotFound(_l("There is nothing here that you may see."))
    with unit_of_work(platform("look at the books", person=current_actor()), read_only=True):
        balances = queries.balances(purpose=purpose)
    return page("billing/ledger/purpose.html", balances=balances, label=LABELS[Purpose(purpose)])


def _sums(totals: list[queries.Total], currencies: list[str]) -> list[tuple[Money, Money]]:
    """By currency: what the payment service must hold for us, and the sum of everything, which is nothing."""
    return [
        (
            Money.total([t.money for t in here if t.purpose in AT_THE_PAYMENT_SERVICE], currency),
            Money.total([t.money for t in here], currency),
        )
        for currency in currencies
        if (here := [t for t in totals if t.money.currency == currency])
    ]
