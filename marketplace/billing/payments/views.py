"""What does each side see of the money, and what can it press?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.billing.ledger.queries import balances
from marketplace.billing.payments import actions, jobs, queries
from marketplace.billing.payments.forms import CommissionForm, PayForm, PayTogetherForm
from marketplace.billing.payments.lifecycle import (
    ATTEMPT,
    PAYMENT,
    PAYOUT_ACCOUNT,
    RECLAIM,
    REFUND,
    RELEASE,
    VISIT,
    PaymentState,
    VisitState,
)
from marketplace.billing.payments.models import CommissionRule, Payment, Refund, Release
from marketplace.billing.payments.problems import in_words
from marketplace.billing.payments.stripe_models import Visit, VisitKind
from marketplace.billing.payments.webhook import hear_stripe
from marketplace.buyers.orders.queries import order
from marketplace.foundation.background import Job, enqueue
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work
from marketplace.foundation.web import attempt, back_to, csrf, for_everybody, live_part, page, requires
from marketplace.identity.organisations.queries import organisation_names, possible_counterparties
from marketplace.permissions import Permission

blueprint = Blueprint("payments", __name__, url_prefix="/payments")
READ, MAKE, PAYOUT = Permission.PAYMENT_READ, Permission.PAYMENT_MAKE, Permission.PAYOUT_MANAGE
WATCH = Permission.MARKET_WATCH
NAVIGATION = (
    Entrance("money", _l("Payments"), "billing.payments.index", READ, "credit-card", ("buyer",)),
    Entrance("money", _l("Payment methods"), "billing.payments.methods", MAKE, "wallet", ("buyer",)),
    Entrance(
        "money", _l("Payments received"), "billing.payments.incoming", READ, "credit-card", ("supplier",)
    ),
    Entrance("money", _l("Payouts"), "billing.payments.payouts", PAYOUT, "cash", ("supplier",)),
    Entrance("money", _l("All payments"), "billing.payments.market", WATCH, "credit-card", ("operator",)),
    Entrance("money", _l("Commission"), "billing.payments.commission", WATCH, "coin", ("operator",)),
)
SHOWN = {
    "in_words": in_words,
    "payment_life": PAYMENT,
    "attempt_life": ATTEMPT,
    "release_life": RELEASE,
    "refund_life": REFUND,
    "reclaim_life": RECLAIM,
}


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """What the actor's organisation has to pay, and what it has paid."""
    return _index(PayTogetherForm(formdata=None))


@blueprint.get("/incoming")
@requires(READ)
def incoming() -> Response:
    """What others pay, or have to pay, the actor's organisation."""
    state = _asked_state()
    shown = newest_first(queries.payments("seller_id", states=[state] if state else ()), Payment)
    return page(
        "billing/payments/incoming.html",
        shown=shown,
        state=state,
        counts=queries.count_by_state("seller_id"),
        names=organisation_names({row.buyer_id for row in shown.rows}),
        **SHOWN,
    )


@blueprint.post("/pay")
@requires(MAKE)
def pay_together() -> BaseResponse:
    """Pay the chosen orders by one method."""
    form = PayTogetherForm().offer(queries.payment_methods())
    made = attempt(form.list(queries.payments_to_pay()), actions.pay_together)
    if made is None:
        return _index(form)
    flash(plural_text("%(num)s payment started.", "%(num)s payments started.", len(made)), "good")
    return back_to(url_for(".index"))


@blueprint.get("/<uuid:payment_id>")
@requires(READ)
def show(payment_id: UUID) -> Response:
    """Where the money of one order is, and why."""
    return _show(payment_id, PayForm(formdata=None))


@blueprint.get("/<uuid:payment_id>/live")
@requires(READ)
def live(payment_id: UUID) -> Response:
    """The part of the page that waits for Stripe; once it has not to wait any more, the page is loaded anew."""
    with _as_reader():
        found = queries.account_of(payment_id)
    is_over = found.payment.status != PaymentState.STARTED
    return live_part("billing/payments/_live.html", is_over=is_over, account=found, **SHOWN)


@blueprint.post("/<uuid:payment_id>/pay")
@requires(MAKE)
def pay(payment_id: UUID) -> BaseResponse:
    """Pay one order; a second click is the same payment."""
    form = PayForm().offer(queries.payment_methods())
    if attempt(form, actions.pay, payment_id=payment_id) is None:
        return _show(payment_id, form)
    return back_to(url_for(".show", payment_id=payment_id))


@blueprint.post("/<uuid:payment_id>/give-up")
@requires(MAKE)
def give_up(payment_id: UUID) -> BaseResponse:
    """Stop a payment that waits for the payer's bank."""
    given_up = actions.give_up(payment_id=payment_id)
    if given_up is not None:
        _afterwards(jobs.pursue_attempt, attempt_id=given_up.id)
    return back_to(url_for(".show", payment_id=payment_id))


@blueprint.get("/of-order/<uuid:order_id>")
@requires(READ)
def of_order(order_id: UUID) -> BaseResponse:
    """From an order to its payment."""
    with _as_reader():
        found = queries.payment_of_order(order_id) or order(order_id)
    if isinstance(found, Payment):
        return back_to(url_for(".show", payment_id=found.id))
    return back_to(url_for("buyers.orders.show", order_id=order_id))


@blueprint.get("/of-order/<uuid:order_id>/badge")
@requires(Permission.ORDER_READ)
def badge(order_id: UUID) -> Response:
    """How the payment of an order stands, for the order's own page."""
    found = queries.payment_of_order(order_id)
    if found is None:
        order(order_id)
    return page("billing/payments/_badge.html", payment=found, **SHOWN)


@blueprint.get("/methods")
@requires(MAKE)
def methods() -> Response:
    """What the actor's organisation can pay with."""
    return page("billing/payments/methods.html", methods=queries.payment_methods())


@blueprint.post("/methods")
@requires(MAKE)
def save_method() -> BaseResponse:
    """On to the page of Stripe's on which a card or an account is saved."""
    return _visit_of(VisitKind.METHOD)


@blueprint.post("/methods/<uuid:method_id>/remove")
@requires(MAKE)
def remove_method(method_id: UUID) -> BaseResponse:
    """Never pay by this method again."""
    removed = actions.remove_method(method_id=method_id)
    _afterwards(jobs.forget_method, method_id=removed.id)
    flash(_("%(name)s is not used any more.", name=removed.name), "good")
    return back_to(url_for(".methods"))


@blueprint.get("/payouts")
@requires(PAYOUT)
def payouts() -> Response:
    """What the actor's organisation has earned, what is on its way and what was paid out."""
    here = current_actor().organisation
    shown = newest_first(queries.releases_of_seller(), Release)
    account = queries.payout_account_of(here)
    return page(
        "billing/payments/payouts.html",
        shown=shown,
        payments=queries.payments_by_id({row.payment_id for row in shown.rows}),
        balances=balances(organisation_id=here),
        account=account,
        account_state=PAYOUT_ACCOUNT.state(account) if account else None,
        missing=account.missing_in_words if account else [],
        **SHOWN,
    )


@blueprint.post("/payouts/onboard")
@requires(PAYOUT)
def onboard() -> BaseResponse:
    """On to the page of Stripe's on which the payout account's details are given."""
    actions.open_payout_account()
    return _visit_of(VisitKind.ONBOARDING)


@blueprint.get("/visits/<uuid:visit_id>")
@requires(READ)
def visit(visit_id: UUID) -> BaseResponse:
    """The step between us and Stripe's page."""
    return _visit(queries.visit(visit_id), is_back=False)


@blueprint.get("/visits/<uuid:visit_id>/back")
@requires(READ)
def back(visit_id: UUID) -> BaseResponse:
    """The visitor is back from Stripe's page: a worker looks what they have done there."""
    row = queries.visit(visit_id)
    if row.status == VisitState.OPEN:
        _afterwards(jobs.look_at_visit, visit_id=visit_id)
    return _visit(row, is_back=True)


@blueprint.get("/visits/<uuid:visit_id>/live")
@requires(READ)
def visit_live(visit_id: UUID) -> Response:
    """The part that waits: on the way there for the page's address, on the way back for what was saved."""
    row, is_back = queries.visit(visit_id), "back" in request.args
    answer = page(
        "billing/payments/_visit.html", visit=row, state=VISIT.state(row), in_words=in_words, is_back=is_back
    )
    target = _target_of(row) if row.status == VisitState.DONE else row.url
    if row.status == VisitState.DONE or (row.status == VisitState.OPEN and not is_back):
        answer.headers["HX-Redirect"] = target or ""
    return answer


@blueprint.get("/market")
@requires(WATCH)
def market() -> Response:
    """All payments of the market, and those that somebody should look at."""
    with unit_of_work(platform("look at the payments", person=current_actor()), read_only=True):
        shown, troubles = newest_first(queries.all_payments(), Payment), queries.troubles()
        payments = queries.payments_by_id({trouble.row.payment_id for trouble in troubles})
        parties = {party for row in (*shown.rows, *payments.values()) for party in row.parties.values()}
        names = organisation_names(parties)
    return page(
        "billing/payments/market.html",
        shown=shown,
        troubles=troubles,
        payments=payments,
        names=names,
        **SHOWN,
    )


@blueprint.post("/refunds/<uuid:refund_id>/retry")
@requires(WATCH)
def retry_refund(refund_id: UUID) -> BaseResponse:
    """Send a refund that failed once more."""
    with unit_of_work(platform("send a refund again", person=current_actor())):
        row: Refund = actions.retry_refund(refund_id=refund_id)
    flash(_("The refund is sent again."), "good")
    return back_to(url_for(".show", payment_id=row.payment_id))


@blueprint.route("/commission", methods=["GET", "POST"])
@requires(WATCH)
def commission() -> BaseResponse:
    """What the market keeps of each release: today, and before."""
    form = CommissionForm().offer(possible_counterparties(is_buying=True))
    if attempt(form, _set_commission):
        flash(_("The new rate goes for orders that are confirmed from now on."), "good")
        return back_to(url_for(".commission"))
    with unit_of_work(platform("look at the commission", person=current_actor()), read_only=True):
        rules = queries.commission_rules()
        names = organisation_names({rule.seller_id for rule in rules if rule.seller_id})
    return page("billing/payments/commission.html", form=form, rules=rules, names=names)


blueprint.add_url_rule(
    "/stripe/webhook", "webhook", csrf.exempt(for_everybody(hear_stripe)), methods=["POST"]
)


def _index(form: PayTogetherForm) -> Response:
    to_pay, state = queries.payments_to_pay(), _asked_state()
    usable = queries.payment_methods() if current_actor().permits(MAKE) else []
    shown = newest_first(queries.payments("buyer_id", states=[state] if state else ()), Payment)
    return page(
        "billing/payments/index.html",
        form=form.list(to_pay).offer(usable),
        to_pay=to_pay,
        methods=usable,
        shown=shown,
        state=state,
        counts=queries.count_by_state("buyer_id"),
        names=organisation_names({row.seller_id for row in (*to_pay, *shown.rows)}),
        **SHOWN,
    )


def _show(payment_id: UUID, form: PayForm) -> Response:
    actor = current_actor()
    with _as_reader():
        found, entries = queries.account_of(payment_id), story(payment_id)
        names = organisation_names(set(found.payment.parties.values()))
        used = queries.methods_by_id({row.method_id for row in found.attempts})
    may_pay = PAYMENT.can(found.payment, PaymentState.STARTED) and not actor.is_automatic
    return page(
        "billing/payments/show.html",
        account=found,
        entries=entries,
        names=names,
        methods=used,
        side=_side(found.payment),
        form=form.offer(queries.payment_methods()) if may_pay else None,
        may_watch=actor.permits(WATCH),
        **SHOWN,
    )


def _side(payment: Payment) -> str:
    sides = {payment.buyer_id: "buyer", payment.seller_id: "seller"}
    return sides.get(current_actor().organisation, "operator")


@contextmanager
def _as_reader() -> Iterator[None]:
    """The operator looks at what is others', and that is audited; everybody else at what is theirs."""
    actor = current_actor()
    if not actor.permits(WATCH):
        yield
        return
    with unit_of_work(platform("look at a payment", person=actor), read_only=True):
        yield


def _visit_of(kind: VisitKind) -> BaseResponse:
    row = actions.begin_visit(kind=kind)
    _afterwards(jobs.open_visit, visit_id=row.id)
    return back_to(url_for(".visit", visit_id=row.id))


def _visit(row: Visit, *, is_back: bool) -> BaseResponse:
    if row.status == VisitState.DONE:
        return back_to(_target_of(row))
    return page(
        "billing/payments/visit.html",
        visit=row,
        state=VISIT.state(row),
        in_words=in_words,
        is_back=is_back,
        target=_target_of(row),
    )


def _target_of(row: Visit) -> str:
    return url_for(".methods" if row.kind == VisitKind.METHOD else ".payouts")


def _afterwards(job: Job, **arguments: UUID) -> None:
    after_commit(f"{job.name} {arguments}", lambda: enqueue(job, **arguments))


def _asked_state() -> PaymentState | None:
    asked = request.args.get("state", "")
    return PaymentState(asked) if asked in list(PaymentState) else None


def _set_commission(**typed: Any) -> CommissionRule:
    with unit_of_work(platform("set the commission", person=current_actor())):
        return actions.set_commission(**typed)
