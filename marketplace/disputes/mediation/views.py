"""What do the operator, the mediator and each side see of a mediation?"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.disputes.cases.lifecycle import DISPUTE, DisputeState
from marketplace.disputes.cases.queries import names_of
from marketplace.disputes.mediation import actions, queries
from marketplace.disputes.mediation.forms import AnswerForm, ConfideForm, NameForm
from marketplace.disputes.mediation.sitting import sitting
from marketplace.foundation.forms import Form
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.permissions import Permission

blueprint = Blueprint("mediation", __name__, url_prefix="/mediation")
READ, WRITE = Permission.DISPUTE_READ, Permission.DISPUTE_WRITE
MEDIATE, WATCH = Permission.DISPUTE_MEDIATE, Permission.MARKET_WATCH
NAVIGATION = (Entrance("market", _l("Mediation"), "disputes.mediation.index", WATCH, "gavel", ("operator",)),)


@blueprint.get("/")
@requires(WATCH)
def index() -> Response:
    """Which disputes wait for a mediator, and who could be named."""
    return _index()


@blueprint.post("/<uuid:dispute_id>/call")
@requires(WRITE)
def call(dispute_id: UUID) -> BaseResponse:
    """Ask for a mediator."""
    actions.call_mediator(dispute_id=dispute_id)
    flash(_("The mediator is called; the operator of the market names somebody neutral."), "good")
    return back_to(url_for("disputes.cases.show", dispute_id=dispute_id))


@blueprint.post("/<uuid:dispute_id>/name")
@requires(WATCH)
def name(dispute_id: UUID) -> BaseResponse:
    """Name a mediator."""
    form = NameForm()
    named = attempt(form, actions.name_mediator, dispute_id=dispute_id)
    if named is None:
        return _index(form)
    flash(_("%(name)s is named; both sides are asked to accept.", name=named.mediator_name), "good")
    return back_to(url_for(".index"))


@blueprint.get("/<uuid:dispute_id>")
@requires(READ)
def show(dispute_id: UUID) -> Response:
    """Who mediates, who has accepted, and the caucuses that the actor is in."""
    return _show(dispute_id)


@blueprint.post("/<uuid:dispute_id>/answer")
@requires(WRITE)
def answer(dispute_id: UUID) -> BaseResponse:
    """Accept the mediator, or decline."""
    form = AnswerForm()
    row = attempt(form, actions.answer_mediation, dispute_id=dispute_id)
    if row is None:
        return _show(dispute_id, answer_form=form)
    sentences = {
        DisputeState.MEDIATION: _("Mediation begins: both sides have accepted."),
        DisputeState.REFERRED: _("You have declined; the dispute is referred."),
    }
    flash(sentences.get(row.status, _("You have accepted; the other side is still to answer.")), "good")
    return back_to(url_for("disputes.cases.show", dispute_id=dispute_id))


@blueprint.post("/<uuid:dispute_id>/caucus/<uuid:side_id>")
@requires(READ)
def confide(dispute_id: UUID, side_id: UUID) -> BaseResponse:
    """Say something in a private caucus."""
    form = ConfideForm()
    if attempt(form, actions.confide, dispute_id=dispute_id, organisation_id=side_id) is None:
        return _show(dispute_id, side_id=side_id, confide_form=form)
    return back_to(f"{url_for('.show', dispute_id=dispute_id)}#caucus-{side_id}")


@blueprint.post("/<uuid:dispute_id>/end")
@requires(MEDIATE)
def end(dispute_id: UUID) -> BaseResponse:
    """Say that mediation has failed."""
    actions.end_mediation(dispute_id=dispute_id)
    flash(_("Mediation is over; the dispute is referred."), "good")
    return back_to(url_for("disputes.cases.show", dispute_id=dispute_id))


def _index(form: NameForm | None = None) -> Response:
    under_way = queries.under_way()
    return page(
        "disputes/mediation/index.html",
        called=queries.called(),
        under_way=under_way,
        names=names_of(under_way),
        form=form or NameForm(formdata=None),
        lifecycle=DISPUTE,
    )


def _show(dispute_id: UUID, *, side_id: UUID | None = None, **forms: Form) -> Response:
    """The whole page, or (asked for by the dispute's own page) its content alone."""
    is_fragment = request.headers.get("HX-Request") is not None
    blank = {"answer_form": AnswerForm(formdata=None), "confide_form": ConfideForm(formdata=None)}
    return page(
        "disputes/mediation/_show.html" if is_fragment else "disputes/mediation/show.html",
        sitting=sitting(dispute_id),
        lifecycle=DISPUTE,
        written_in=side_id,
        empty_form=blank["confide_form"],
        **{**blank, **forms},
    )
