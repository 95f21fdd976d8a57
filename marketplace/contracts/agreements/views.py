"""What does each party see of its agreements, and what can it press?"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.contracts.agreements import actions, queries
from marketplace.contracts.agreements.forms import (
    SIDES,
    AgreementForm,
    ClauseForm,
    LineForm,
    ReasonForm,
    clause_form,
)
from marketplace.contracts.agreements.lifecycle import AGREEMENT, AgreementState
from marketplace.contracts.agreements.models import Agreement
from marketplace.foundation.files import stored_file
from marketplace.foundation.forms import Form
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.identity.organisations.queries import organisation_names, possible_counterparties
from marketplace.permissions import Permission

blueprint = Blueprint("agreements", __name__, url_prefix="/agreements")
INDEX = "contracts.agreements.index"
NAVIGATION = (
    Entrance(
        "agree",
        _l("Framework agreements"),
        INDEX,
        Permission.AGREEMENT_READ,
        "contract",
        ("buyer", "supplier"),
    ),
)


@blueprint.get("/")
@requires(Permission.AGREEMENT_READ)
def index() -> Response:
    """All agreements, newest first, of one state where asked."""
    state = request.args.get("state", "")
    statement = queries.agreements()
    shown = newest_first(statement.where(Agreement.status == state) if state else statement, Agreement)
    names = organisation_names({party for row in shown.rows for party in (row.buyer_id, row.seller_id)})
    return page("contracts/agreements/index.html", shown=shown, names=names, lifecycle=AGREEMENT, state=state)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.AGREEMENT_WRITE)
def create() -> BaseResponse:
    """Begin a draft."""
    form = AgreementForm()
    ours = [side for side in SIDES if current_actor().takes(side)]
    others = {row for side in ours for row in possible_counterparties(is_buying=side == "buyer")}
    form.offer(ours, sorted(others, key=lambda other: other.name.casefold()))
    row = attempt(form, actions.draft_agreement)
    if row is None:
        return page("contracts/agreements/new.html", form=form)
    return back_to(url_for(".show", agreement_id=row.id))


@blueprint.get("/<uuid:agreement_id>")
@requires(Permission.AGREEMENT_READ)
def show(agreement_id: UUID) -> Response:
    """The agreement, and what this party can do with it now."""
    return _show(agreement_id)


@blueprint.post("/<uuid:agreement_id>/lines")
@requires(Permission.AGREEMENT_WRITE)
def add_line(agreement_id: UUID) -> BaseResponse:
    """Price a product in a draft."""
    form = LineForm()
    if attempt(form, actions.price_product, agreement_id=agreement_id) is None:
        return _show(agreement_id, line_form=form)
    return back_to(url_for(".show", agreement_id=agreement_id, _anchor="lines"))


@blueprint.post("/lines/<uuid:agreement_line_id>/drop")
@requires(Permission.AGREEMENT_WRITE)
def drop_line(agreement_line_id: UUID) -> BaseResponse:
    """Take a line out of a draft."""
    row = actions.drop_line(agreement_line_id=agreement_line_id)
    return back_to(url_for(".show", agreement_id=row.id, _anchor="lines"))


@blueprint.post("/<uuid:agreement_id>/clauses/<uuid:clause_id>")
@requires(Permission.AGREEMENT_WRITE)
def add_clause(agreement_id: UUID, clause_id: UUID) -> BaseResponse:
    """Quote a clause of the library in a draft, with its blanks filled in."""
    form = clause_form(queries.clause(clause_id))
    if attempt(form, actions.quote_clause, agreement_id=agreement_id, clause_id=clause_id) is None:
        return _show(agreement_id, clause_forms={clause_id: form})
    return back_to(url_for(".show", agreement_id=agreement_id, _anchor="clauses"))


@blueprint.post("/clauses/<uuid:agreement_clause_id>/drop")
@requires(Permission.AGREEMENT_WRITE)
def drop_clause(agreement_clause_id: UUID) -> BaseResponse:
    """Take a clause out of a draft."""
    row = actions.drop_clause(agreement_clause_id=agreement_clause_id)
    return back_to(url_for(".show", agreement_id=row.id, _anchor="clauses"))


@blueprint.post("/<uuid:agreement_id>/propose")
@requires(Permission.AGREEMENT_WRITE)
def propose(agreement_id: UUID) -> BaseResponse:
    """Lay the draft before the other party."""
    actions.propose_agreement(agreement_id=agreement_id)
    return back_to(url_for(".show", agreement_id=agreement_id))


@blueprint.post("/<uuid:agreement_id>/withdraw")
@requires(Permission.AGREEMENT_WRITE)
def withdraw(agreement_id: UUID) -> BaseResponse:
    """Take a draft or proposal back."""
    actions.withdraw_agreement(agreement_id=agreement_id)
    return back_to(url_for(".show", agreement_id=agreement_id))


@blueprint.post("/<uuid:agreement_id>/decline")
@requires(Permission.AGREEMENT_SIGN)
def decline(agreement_id: UUID) -> BaseResponse:
    """Say no to the other party's proposal."""
    return _with_reason(agreement_id, actions.decline_agreement)


@blueprint.post("/<uuid:agreement_id>/end")
@requires(Permission.AGREEMENT_SIGN)
def end(agreement_id: UUID) -> BaseResponse:
    """End a concluded agreement."""
    return _with_reason(agreement_id, actions.end_agreement)


@blueprint.post("/<uuid:agreement_id>/sign")
@requires(Permission.AGREEMENT_SIGN)
def sign(agreement_id: UUID) -> BaseResponse:
    """Sign the bytes that were shown."""
    sha256, address = request.form.get("sha256", ""), request.remote_addr or ""
    actions.sign_agreement(agreement_id=agreement_id, sha256=sha256, address=address)
    return back_to(url_for(".show", agreement_id=agreement_id))


@blueprint.get("/<uuid:agreement_id>/contract.pdf")
@requires(Permission.AGREEMENT_READ)
def contract(agreement_id: UUID) -> BaseResponse:
    """The contract's bytes, exactly those that are signed."""
    return send_file_of(stored_file(queries.contract_file_id(agreement_id)))


@blueprint.get("/<uuid:agreement_id>/paper")
@requires(Permission.AGREEMENT_READ)
def paper(agreement_id: UUID) -> Response:
    """The part of the page that waits for the worker's contract, and then shows it."""
    return page("contracts/agreements/_paper.html", **_facts(agreement_id))


def _with_reason(agreement_id: UUID, action: Callable[..., Agreement]) -> BaseResponse:
    form = ReasonForm()
    if attempt(form, action, agreement_id=agreement_id) is None:
        return _show(agreement_id, reason_form=form)
    return back_to(url_for(".show", agreement_id=agreement_id))


def _show(
    agreement_id: UUID,
    *,
    line_form: LineForm | None = None,
    reason_form: Form | None = None,
    clause_forms: Mapping[UUID, ClauseForm] | None = None,
) -> Response:
    facts = _facts(agreement_id)
    library = queries.clause_library() if facts["row"].status == AgreementState.DRAFT else []
    untouched = {clause.id: clause_form(clause, formdata=None) for clause in library}
    return page(
        "contracts/agreements/show.html",
        **facts,
        **_standing(facts["row"]),
        library=library,
        clause_forms={**untouched, **(clause_forms or {})},
        line_form=line_form or LineForm(formdata=None),
        reason_form=reason_form or ReasonForm(formdata=None),
        entries=story(agreement_id),
    )


def _facts(agreement_id: UUID) -> dict[str, Any]:
    text = queries.contract_text(agreement_id)
    signatures = queries.signatures_of(agreement_id)
    return {
        "row": text.agreement,
        "text": text,
        "lifecycle": AGREEMENT,
        "signatures": {signature.organisation_id: signature for signature in signatures},
        "may_sign": queries.may_sign(text.agreement, signatures),
    }


def _standing(row: Agreement) -> dict[str, Any]:
    states = AgreementState
    can = {target: AGREEMENT.can(row, target) for target in states}
    return {
        "may_write": can[states.PROPOSED],
        "may_withdraw": can[states.WITHDRAWN],
        "may_decline": can[states.DECLINED],
        "may_end": can[states.ENDED],
        "call_offs": [(taken, Money(taken.amount, row.currency)) for taken in queries.call_offs_of(row.id)],
    }
