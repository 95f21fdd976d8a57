"""What do the two sides, the mediator and the operator see of a dispute, and what can each of them press?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.orders import queries as orders
from marketplace.disputes.cases import actions, queries, settling
from marketplace.disputes.cases.forms import (
    REASONS,
    DeclineForm,
    EvidenceForm,
    OpenForm,
    ProposeForm,
    ReasonForm,
    SayForm,
    SignForm,
)
from marketplace.disputes.cases.lifecycle import DISPUTE, DisputeState
from marketplace.disputes.cases.room import Room, room
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.forms import Form
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.web import attempt, back_to, page, requires, send_file_of
from marketplace.permissions import Permission

blueprint = Blueprint("cases", __name__, url_prefix="/disputes")
READ, WRITE, SIGN = Permission.DISPUTE_READ, Permission.DISPUTE_WRITE, Permission.SETTLEMENT_SIGN
NAVIGATION = (Entrance("quality", _l("Disputes"), "disputes.cases.index", READ, "scale"),)
VIEWS = ("open", "closed", "mine")


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """The actor's disputes, the next deadline first."""
    view = request.args.get("view", "open")
    if view not in VIEWS:
        raise NotFound(_l("There is nothing here that you may see."))
    return page(
        "disputes/cases/index.html",
        shown=queries.disputes(view),
        counts=queries.counts(),
        view=view,
        lifecycle=DISPUTE,
        reasons=REASONS,
    )


@blueprint.get("/<uuid:dispute_id>")
@requires(READ)
def show(dispute_id: UUID) -> Response:
    """The room: what is contested, whose move it is, what was said, shown and offered."""
    return _show(dispute_id)


@blueprint.route("/open", methods=["GET", "POST"], endpoint="open")
@requires(WRITE)
def open_case() -> BaseResponse:
    """Contest lines of an order, with what the address names filled in."""
    order = orders.order(_asked("order_id"))
    lines = [line for line in orders.lines_of(order.id) if line.quantity]
    chosen = {UUID(text) for text in request.args.getlist("order_line_ids") if _is_id(text)}
    form = OpenForm.of(lines, chosen)
    opened = attempt(form, actions.open_dispute, order_id=order.id)
    if opened is None:
        return page("disputes/cases/open.html", form=form, order=order, lines=lines)
    flash(_("The dispute is open; the supplier is asked to reply."), "good")
    return back_to(url_for(".show", dispute_id=opened.id))


@blueprint.post("/from-receipt")
@requires(WRITE)
def open_from_receipt() -> BaseResponse:
    """Contest what was damaged and missing in a receipt: one click."""
    opened = actions.open_dispute_from_receipt(receipt_id=_asked("receipt_id"))
    flash(_("The dispute is open; the supplier is asked to reply."), "good")
    return back_to(url_for(".show", dispute_id=opened.id))


@blueprint.post("/<uuid:dispute_id>/say")
@requires(READ)
def say(dispute_id: UUID) -> BaseResponse:
    """Reply, state, or write a message; the action knows who may."""
    form = SayForm()
    if attempt(form, actions.contribute, dispute_id=dispute_id) is None:
        return _show(dispute_id, say_form=form)
    return _done(dispute_id, _("Everybody in the room can read it now."))


@blueprint.post("/<uuid:dispute_id>/evidence")
@requires(WRITE)
def file(dispute_id: UUID) -> BaseResponse:
    """Show files."""
    form = EvidenceForm()
    if attempt(form, actions.file_evidence, dispute_id=dispute_id) is None:
        return _show(dispute_id, evidence_form=form)
    return _done(dispute_id, _("The evidence is filed."))


@blueprint.get("/<uuid:dispute_id>/evidence/<uuid:evidence_id>")
@requires(READ)
def exhibit(dispute_id: UUID, evidence_id: UUID) -> BaseResponse:
    """One file, for who is in the room."""
    shown = queries.evidence(evidence_id)
    if shown.dispute_id != dispute_id:
        raise NotFound(_l("There is nothing here that you may see."))
    return send_file_of(shown.file)


@blueprint.route("/<uuid:dispute_id>/propose", methods=["GET", "POST"])
@requires(READ)
def propose(dispute_id: UUID) -> BaseResponse:
    """Offer a settlement, or counter the last one."""
    shown = room(dispute_id)
    if not shown.may_propose:
        raise WrongState(_l("There is nothing that you could propose here now."))
    form = ProposeForm.of(shown.lines, shown.offers[0].proposal if shown.offers else None)
    signs = form.is_signed.data and shown.who.is_side and current_actor().permits(SIGN)
    signs_from = request.remote_addr if signs else None
    made = attempt(form, settling.propose_settlement, dispute_id=dispute_id, signs_from=signs_from)
    if made is None:
        return page(
            "disputes/cases/propose.html", form=form, room=shown, may_sign=current_actor().permits(SIGN)
        )
    return _done(dispute_id, _("Your proposal is made; the other side is asked to answer."))


@blueprint.post("/<uuid:dispute_id>/sign")
@requires(SIGN)
def sign(dispute_id: UUID) -> BaseResponse:
    """Sign the proposal that was read."""
    form = SignForm()
    address = request.remote_addr or ""
    signed = attempt(form, settling.sign_settlement, address=address)
    if signed is None:
        return _show(dispute_id, sign_form=form)
    is_settled = signed.status == DisputeState.SETTLED
    return _done(dispute_id, _("Settled: both sides have signed.") if is_settled else _("You have signed."))


@blueprint.post("/<uuid:dispute_id>/decline")
@requires(WRITE)
def decline(dispute_id: UUID) -> BaseResponse:
    """Say no to the proposal that was read."""
    form = DeclineForm()
    if attempt(form, settling.decline_settlement, address=request.remote_addr or "") is None:
        return _show(dispute_id, decline_form=form)
    return _done(dispute_id, _("You have declined; you may propose something else."))


@blueprint.route("/<uuid:dispute_id>/withdraw", methods=["GET", "POST"])
@requires(WRITE)
def withdraw(dispute_id: UUID) -> BaseResponse:
    """Take the dispute back, once what that does has been read."""
    form = ReasonForm()
    if attempt(form, actions.withdraw_dispute, dispute_id=dispute_id) is not None:
        return _done(dispute_id, _("The dispute is taken back."))
    shown = room(dispute_id)
    if not DISPUTE.can(shown.dispute, DisputeState.WITHDRAWN):
        raise WrongState(_l("Only the side that opened the dispute can take it back."))
    return page("disputes/cases/withdraw.html", form=form, room=shown)


def _show(dispute_id: UUID, **forms: Form) -> Response:
    shown = room(dispute_id)
    return page("disputes/cases/show.html", room=shown, **_standing(shown), **{**_blank(), **forms})


def _blank() -> dict[str, Form]:
    kinds = {
        "say_form": SayForm,
        "evidence_form": EvidenceForm,
        "sign_form": SignForm,
        "decline_form": DeclineForm,
    }
    return {name: kind(formdata=None) for name, kind in kinds.items()}


def _standing(shown: Room) -> dict[str, Any]:
    row, actor = shown.dispute, current_actor()
    return {
        "lifecycle": DISPUTE,
        "reasons": REASONS,
        "can": {target.value: DISPUTE.can(row, target) for target in DisputeState},
        "my_side": actor.organisation_id,
        "may_write": actor.permits(WRITE),
        "may_sign": actor.permits(SIGN) and shown.who.is_side,
    }


def _asked(name: str) -> UUID:
    text = request.values.get(name, "")
    if not _is_id(text):
        raise Invalid(_l("There is nothing here that you may see."))
    return UUID(text)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _done(dispute_id: UUID, sentence: str) -> BaseResponse:
    flash(sentence, "good")
    return back_to(url_for(".show", dispute_id=dispute_id))
