"""What does somebody see of what is needed again and again?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.budgets.queries import cost_centres, cost_centres_by_id
from marketplace.buyers.requisitions.models import RequisitionLine
from marketplace.buyers.requisitions.queries import (
    lines_of as lines_of_requisition,
    my_cart,
    numbers_of,
    submitted,
)
from marketplace.buyers.schedules import actions, queries
from marketplace.buyers.schedules.forms import PauseForm, QuantityForm, SkipForm, StandingForm
from marketplace.buyers.schedules.lifecycle import STANDING, StandingState
from marketplace.buyers.schedules.models import StandingRequisition, StandingRun
from marketplace.buyers.schedules.outlook import Expected, Outlook, outlook, preview
from marketplace.buyers.schedules.recurrence import Pattern, check
from marketplace.buyers.schedules.wording import OUTCOMES, said, with_weekday
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.web import attempt, back_to, page, requires
from marketplace.identity.organisations.queries import site, sites
from marketplace.identity.people.queries import person_names
from marketplace.permissions import Permission

WRITE = Permission.REQUISITION_WRITE
S = StandingState
blueprint = Blueprint("schedules", __name__, url_prefix="/standing")
NAVIGATION = (
    Entrance(
        "buy", _l("Standing requisitions"), "buyers.schedules.index", WRITE, "calendar-repeat", ("buyer",)
    ),
)


@blueprint.get("/")
@requires(WRITE)
def index() -> Response:
    """Those of the organisation in one state: what comes next of each."""
    asked = request.args.get("view", "")
    state = S(asked) if asked in list(S) else S.RUNNING
    shown = newest_first(queries.standings(state), StandingRequisition)
    return page(
        "buyers/schedules/index.html",
        shown=shown,
        state=state,
        lifecycle=STANDING,
        tallies=queries.counts_by_state(),
        counts=queries.line_counts({row.id for row in shown.rows}),
        rules={row.id: said(Pattern.read(row.rule)) for row in shown.rows},
        names=person_names({row.requester_id for row in shown.rows}),
        with_weekday=with_weekday,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def from_cart() -> BaseResponse:
    """Need what is in one's cart again and again; the cart stays as it is."""
    cart = my_cart()
    return _begin(lines_of_requisition(cart.id) if cart else (), _offered(StandingForm(obj=cart)))


@blueprint.route("/new/<uuid:requisition_id>", methods=["GET", "POST"])
@requires(WRITE)
def from_requisition(requisition_id: UUID) -> BaseResponse:
    """The same of a requisition of before."""
    row = submitted(requisition_id)
    return _begin(lines_of_requisition(row.id), _offered(StandingForm(obj=row)))


@blueprint.get("/<uuid:standing_id>")
@requires(WRITE)
def show(standing_id: UUID) -> Response:
    """What comes next, what it will probably cost, and what became of the days before."""
    return _show(queries.standing(standing_id))


@blueprint.route("/<uuid:standing_id>/change", methods=["GET", "POST"])
@requires(WRITE)
def change(standing_id: UUID) -> BaseResponse:
    """Need it otherwise from today on."""
    row = queries.standing(standing_id)
    form = _offered(StandingForm(data=StandingForm.said_by(row)))
    if _is_previewing():
        return _form(form, row, expected=_expected(form))
    if attempt(form, actions.change_standing, standing_id=standing_id) is None:
        return _form(form, row)
    flash(_("From now on it is as you have said."), "good")
    return back_to(url_for(".show", standing_id=standing_id))


@blueprint.post("/lines/<uuid:line_id>")
@requires(WRITE)
def change_line(line_id: UUID) -> BaseResponse:
    """Need another quantity each time."""
    form = QuantityForm()
    row = queries.standing_of_line(line_id)
    if attempt(form, actions.change_quantity, line_id=line_id) is None:
        return _show(row, refused=form, refused_id=line_id)
    return back_to(url_for(".show", standing_id=row.id))


@blueprint.post("/<uuid:standing_id>/pause")
@requires(WRITE)
def pause(standing_id: UUID) -> BaseResponse:
    """Ask for nothing for now."""
    form = PauseForm()
    if attempt(form, actions.pause_standing, standing_id=standing_id) is None:
        return _show(queries.standing(standing_id), pausing=form)
    flash(_("Paused. Nothing is asked for until its requester lets it go on."), "good")
    return back_to(url_for(".show", standing_id=standing_id))


@blueprint.post("/<uuid:standing_id>/resume")
@requires(WRITE)
def resume(standing_id: UUID) -> BaseResponse:
    """Let it go on from today."""
    actions.resume_standing(standing_id=standing_id)
    flash(_("It goes on from today."), "good")
    return back_to(url_for(".show", standing_id=standing_id))


@blueprint.post("/<uuid:standing_id>/end")
@requires(WRITE)
def end(standing_id: UUID) -> BaseResponse:
    """Ask for nothing any more."""
    actions.end_standing(standing_id=standing_id)
    flash(_("It is over."), "good")
    return back_to(url_for(".show", standing_id=standing_id))


@blueprint.post("/<uuid:standing_id>/skip")
@requires(WRITE)
def skip(standing_id: UUID) -> BaseResponse:
    """Need nothing on one day."""
    form = SkipForm()
    run = attempt(form, actions.skip_day, standing_id=standing_id)
    if run is None:
        return _show(queries.standing(standing_id), skipping=form)
    flash(_("Nothing is asked for on %(day)s.", day=with_weekday(run.day)), "good")
    return back_to(url_for(".show", standing_id=standing_id))


def _begin(lines: Sequence[RequisitionLine], form: StandingForm) -> BaseResponse:
    if _is_previewing():
        return _form(form, None, lines=lines, expected=_expected(form))
    row = attempt(form, actions.begin_standing, lines=lines)
    if row is None:
        return _form(form, None, lines=lines)
    flash(_("%(number)s has begun.", number=row.number), "good")
    return back_to(url_for(".show", standing_id=row.id))


def _is_previewing() -> bool:
    return request.method == "POST" and request.form.get("step") == "preview"


def _expected(form: StandingForm) -> list[Expected] | None:
    """The days that the rule makes; None where what was typed makes none."""
    return attempt(form, _days)


def _days(*, pattern: Pattern, site_id: UUID, **typed: Any) -> list[Expected]:
    starts_on, lead_days = typed["starts_on"], typed["lead_days"]
    check(pattern, starts_on)
    return preview(pattern, starts_on, lead_days, site(site_id).country)


def _offered(form: StandingForm) -> StandingForm:
    form.cost_centre_id.offer(
        ((row.id, row.label) for row in cost_centres()), nothing=_l("Choose a cost centre")
    )
    form.site_id.offer(((row.id, row.name) for row in sites()), nothing=_l("Choose a site"))
    return form


def _form(
    form: StandingForm,
    row: StandingRequisition | None,
    *,
    lines: Sequence[RequisitionLine] = (),
    expected: list[Expected] | None = None,
) -> Response:
    return page(
        "buyers/schedules/form.html",
        form=form,
        row=row,
        lines=lines,
        expected=expected,
        with_weekday=with_weekday,
    )


def _show(
    row: StandingRequisition,
    *,
    refused: QuantityForm | None = None,
    refused_id: UUID | None = None,
    pausing: PauseForm | None = None,
    skipping: SkipForm | None = None,
) -> Response:
    ahead = outlook(row)
    return page(
        "buyers/schedules/show.html",
        row=row,
        ahead=ahead,
        quantities=_quantities(ahead, refused, refused_id),
        pausing=pausing or PauseForm(formdata=None),
        skipping=skipping,
        **_around(row),
        **_past(row),
    )


def _around(row: StandingRequisition) -> dict[str, Any]:
    """Whose it is, by which rule it comes, and what the reader may do about it."""
    return {
        "state": STANDING.state(row),
        "rule": said(Pattern.read(row.rule)),
        "centre": cost_centres_by_id({row.cost_centre_id})[row.cost_centre_id],
        "site": site(row.site_id),
        "requester": person_names({row.requester_id}).get(row.requester_id, "—"),
        "may_change": actions.may_change(row),
        "may_stop": actions.may_stop(row),
        "with_weekday": with_weekday,
    }


def _past(row: StandingRequisition) -> dict[str, Any]:
    """What has become of its days, and its story."""
    runs = newest_first(queries.runs_of(row.id), StandingRun)
    made = {run.requisition_id for run in runs.rows if run.requisition_id}
    return {"runs": runs, "numbers": numbers_of(made), "outcomes": OUTCOMES, "entries": story(row.id)}


def _quantities(
    ahead: Outlook, refused: QuantityForm | None, refused_id: UUID | None
) -> dict[UUID, QuantityForm]:
    """A form for each line, its field named apart from those of the others on the page."""
    forms = {}
    for line in (needed.line for needed in ahead.lines):
        fresh = QuantityForm(formdata=None, data={"quantity": line.quantity})
        forms[line.id] = refused if refused is not None and line.id == refused_id else fresh
        forms[line.id].quantity.id = f"quantity-{line.id}"
    return forms
