"""What does somebody see who is asked to decide, who is away, or who writes the rules?"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from marketplace.buyers.approvals import actions, letters, queries, questioning, rulebook
from marketplace.buyers.approvals.forms import (
    AnswerForm,
    DecisionForm,
    DelegationForm,
    PolicyForm,
    QuestionForm,
    RuleForm,
    SeveralForm,
)
from marketplace.buyers.approvals.models import ApprovalRule, ApprovalRun, Question
from marketplace.buyers.budgets.queries import cost_centres, cost_centres_by_id, positions_holding
from marketplace.foundation import clock
from marketplace.foundation.language import lazy_text as _l, plural_text, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import acting_as, current_actor
from marketplace.foundation.unit_of_work import become
from marketplace.foundation.web import attempt, back_to, for_everybody, limiter, page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.identity.people.queries import people_permitted, person_names
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.queries import divisions

DECIDE, RULES = Permission.APPROVAL_DECIDE, Permission.RULE_WRITE
blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")
NAVIGATION = (
    Entrance("buy", _l("Approvals"), "buyers.approvals.index", DECIDE, "checklist", ("buyer",)),
    Entrance(
        "organisation", _l("Approval rules"), "buyers.approvals.rules", RULES, "adjustments", ("buyer",)
    ),
)
CONDITIONS = ("name", "minimum_amount", "cpv_prefix", "cost_centre_id", "asks_owner")
PAGES = {
    "requisition": {
        "page": "buyers.requisitions.show",
        "lines": "buyers.requisitions.lines",
        "policy": "buyers.requisitions.policy_said",
    }
}
ARGUMENTS = {"requisition": "requisition_id"}


class Typed(NamedTuple):
    """What was typed and refused: a decision at one step, or on several documents."""

    decision: DecisionForm | None = None
    step_id: UUID | None = None
    several: SeveralForm | None = None


NOTHING = Typed()


@blueprint.get("/")
@requires(DECIDE)
def index() -> Response:
    """Everything that waits for this person, what is due first on top."""
    return _inbox()


@blueprint.post("/steps/<uuid:step_id>/decide")
@requires(DECIDE)
def decide(step_id: UUID) -> BaseResponse:
    """Say yes or no."""
    form = DecisionForm()
    run = attempt(form, actions.decide, step_id=step_id)
    if run is None:
        return _inbox(Typed(form, step_id))
    number = run.document_number
    is_yes = form.decision.data == "yes"
    flash(_("%(number)s: yes.", number=number) if is_yes else _("%(number)s: no.", number=number), "good")
    return back_to(_addresses(run)["page"] if request.form.get("from_document") else url_for(".index"))


@blueprint.post("/decide")
@requires(DECIDE)
def decide_several() -> BaseResponse:
    """Say the same to several documents."""
    form = SeveralForm()
    refused = attempt(form, actions.decide_several)
    if refused is None:
        return _inbox(Typed(several=form))
    done = len(form.chosen.data) - len(refused)
    if done:
        flash(plural_text("One document is decided.", "%(num)d documents are decided.", done), "good")
    for sentence in dict.fromkeys(str(refusal.message) for _step, refusal in refused):
        flash(sentence, "bad")
    return back_to(url_for(".index"))


@blueprint.route("/steps/<uuid:step_id>/question", methods=["GET", "POST"])
@requires(DECIDE)
def question(step_id: UUID) -> BaseResponse:
    """Ask the requester something before one decides."""
    pending, form = queries.pending_step(step_id), QuestionForm()
    if attempt(form, questioning.ask, step_id=step_id) is None:
        return page(
            "buyers/approvals/question.html",
            form=form,
            run=pending.run,
            address=_addresses(pending.run)["page"],
            days=questioning.ANSWER_DAYS,
        )
    flash(_("Asked. The time for your decision stands still until the answer comes."), "good")
    return back_to(url_for(".index"))


@blueprint.route("/questions/<uuid:question_id>/answer", methods=["GET", "POST"])
@requires(Permission.REQUISITION_WRITE)
def answer(question_id: UUID) -> BaseResponse:
    """Answer what an approver wants to know about one's own document."""
    asked, form = queries.question_to_me(question_id), AnswerForm()
    run = queries.run(asked.run_id)
    address = _addresses(run)["page"]
    if attempt(form, questioning.answer, question_id=question_id) is None:
        names = person_names({asked.asked_by_id})
        return page(
            "buyers/approvals/answer.html", form=form, run=run, asked=asked, names=names, address=address
        )
    flash(_("Your answer is on its way; the approval goes on."), "good")
    return back_to(address or url_for("buyers.requisitions.index"))


@blueprint.route("/by-letter/<token>", methods=["GET", "POST"])
@limiter.limit("10 per minute;100 per hour", methods=["POST"])
@for_everybody
def by_letter(token: str) -> BaseResponse:
    """Decide with the link of a letter, without signing in."""
    asked = letters.asked_by(token)
    reader = letters.reader_of(asked)
    with acting_as(reader):
        become(reader)
        one, form = letters.waiting(asked), DecisionForm()
        if one is None or attempt(form, actions.decide, step_id=one.step.id) is None:
            return _decided_by_letter(asked, one, form)
    return back_to(url_for(".by_letter", token=token))


@blueprint.route("/delegations", methods=["GET", "POST"])
@requires(DECIDE)
def delegations() -> BaseResponse:
    """Who decides in one's place, and in whose place one decides."""
    form, me = DelegationForm(), current_actor().person
    others = [(p.id, p.name) for p in people_permitted(DECIDE) if p.id != me]
    form.to_person_id.offer(others, nothing=_l("Choose a colleague"))
    if attempt(form, actions.delegate) is not None:
        flash(_("Your delegation stands."), "good")
        return back_to(url_for(".delegations"))
    known = queries.delegations(me)
    names = person_names({person for row in known for person in (row.from_person_id, row.to_person_id)})
    return page(
        "buyers/approvals/delegations.html", form=form, known=known, names=names, me=me, today=clock.today()
    )


@blueprint.post("/delegations/<uuid:delegation_id>/end")
@requires(DECIDE)
def end_delegation(delegation_id: UUID) -> BaseResponse:
    """Take a delegation back."""
    actions.end_delegation(delegation_id=delegation_id)
    flash(_("The delegation has ended."), "good")
    return back_to(url_for(".delegations"))


@blueprint.get("/rules")
@requires(RULES)
def rules() -> Response:
    """The rules in force, in their turn, and how the organisation buys."""
    known = queries.policy()
    kept = {"is_ordering_automatic": known.is_ordering_automatic, "hold_days": Decimal(known.hold_days)}
    return _rules(PolicyForm(data=kept))


@blueprint.post("/policy")
@requires(RULES)
def policy() -> BaseResponse:
    """Say how the organisation buys."""
    form = PolicyForm()
    if attempt(form, rulebook.set_policy) is None:
        return _rules(form)
    flash(_("Saved."), "good")
    return back_to(url_for(".rules"))


@blueprint.route("/rules/new", methods=["GET", "POST"])
@requires(RULES)
def create_rule() -> BaseResponse:
    """Write a rule."""
    form = RuleForm(data={"position": Decimal(1), "quorum": Decimal(1), "deadline_days": Decimal(2)})
    return _rule_written(form, None)


@blueprint.route("/rules/<uuid:rule_id>/edit", methods=["GET", "POST"])
@requires(RULES)
def change_rule(rule_id: UUID) -> BaseResponse:
    """Write a new version of a rule."""
    rule = queries.rule(rule_id)
    whole = {name: Decimal(getattr(rule, name)) for name in ("position", "quorum", "deadline_days")}
    asked = {"approver_ids": queries.approvers_of_rules([rule_id])[rule_id]}
    known = {name: getattr(rule, name) for name in CONDITIONS}
    return _rule_written(RuleForm(data=known | whole | asked), rule)


@blueprint.post("/rules/<uuid:rule_id>/retire")
@requires(RULES)
def retire_rule(rule_id: UUID) -> BaseResponse:
    """Let a rule ask nobody any more."""
    rulebook.retire_rule(rule_id=rule_id)
    flash(_("This rule asks nobody any more. Approvals under way keep it."), "good")
    return back_to(url_for(".rules"))


def _inbox(typed: Typed = NOTHING) -> Response:
    pending, decided = queries.my_pending_steps(), queries.my_decisions()
    runs = {one.run.document_id: one.run for one in pending} | {run.document_id: run for _, run in decided}
    asked_at = queries.questions_at([one.step.id for one in pending])
    return page(
        "buyers/approvals/index.html",
        pending=pending,
        decided=decided,
        forms={one.step.id: _form(one, typed) for one in pending},
        several=typed.several or SeveralForm(formdata=None),
        asked_at=asked_at,
        failed=typed.decision if typed.step_id not in {one.step.id for one in pending} else None,
        reasons=queries.reasons_of(pending),
        positions=positions_holding({one.run.document_id for one in pending}),
        names=_names(pending, runs.values(), asked_at),
        addresses={key: _addresses(run) for key, run in runs.items()},
        now=clock.now(),
        me=current_actor().person,
    )


def _decided_by_letter(asked: letters.Asked, one: queries.PendingStep | None, form: DecisionForm) -> Response:
    """The answer is for the holder of the link alone: no browser keeps it."""
    run = queries.run(asked.run_id)
    form.document_hash.data = form.document_hash.data or run.document_hash
    answer = page(
        "buyers/approvals/by_letter.html",
        one=one,
        run=run,
        form=form,
        said=[row for row in queries.decisions_in(run.id) if row.decided_by_id == asked.person_id],
        reasons=queries.reasons_of([one])[one.step.id] if one else [],
        position=positions_holding({run.document_id}).get(run.document_id),
        names=person_names({run.requester_id}),
        address=_addresses(run)["page"],
        parts=_parts(run) if one else [],
    )
    answer.cache_control.no_store = True
    return answer


def _parts(run: ApprovalRun) -> list[Markup]:
    """What the room of the document shows of it on the pages of others: its lines, and what buying rules said."""
    shown = PAGES.get(run.document_kind, {})
    views: list[Any] = [current_app.view_functions[shown[one]] for one in ("lines", "policy") if one in shown]
    values = {ARGUMENTS[run.document_kind]: run.document_id} if views else {}
    answers = (current_app.make_response(view(**values)) for view in views)
    return [Markup(answer.get_data(as_text=True)) for answer in answers]  # noqa: S704 – our own page, escaped already


def _names(
    pending: Sequence[queries.PendingStep],
    runs: Iterable[ApprovalRun],
    asked_at: Mapping[UUID, Sequence[Question]],
) -> dict[UUID, str]:
    people = {run.requester_id for run in runs} | {one.on_behalf_of_id for one in pending}
    return person_names(people | {one.asked_by_id for asked in asked_at.values() for one in asked})


def _form(one: queries.PendingStep, typed: Typed) -> DecisionForm:
    """The form of one step, its fields named apart from those of the others on the page."""
    fresh = DecisionForm(formdata=None, data={"document_hash": one.run.document_hash})
    form = typed.decision if typed.decision is not None and one.step.id == typed.step_id else fresh
    for field in (form.document_hash, form.comment):
        field.id = f"{field.short_name}-{one.step.id}"
    return form


def _addresses(run: ApprovalRun) -> dict[str, str]:
    """Where the document of `run` is shown; where its lines are, and what buying rules said of it, as fragments."""
    if run.document_kind not in PAGES:
        return {"page": "", "lines": "", "policy": ""}
    values: dict[str, Any] = {ARGUMENTS[run.document_kind]: run.document_id}
    return {name: url_for(endpoint, **values) for name, endpoint in PAGES[run.document_kind].items()}


def _rules(form: PolicyForm) -> Response:
    rows = queries.rules()
    asked = queries.approvers_of_rules([row.id for row in rows])
    return page(
        "buyers/approvals/rules.html",
        form=form,
        rules=rows,
        asked=asked,
        names=person_names({person for people in asked.values() for person in people}),
        centres=cost_centres_by_id({row.cost_centre_id for row in rows if row.cost_centre_id}),
        categories={row.code[:2]: row.label for row in divisions()},
        currency=_currency(),
    )


def _rule_written(form: RuleForm, rule: ApprovalRule | None) -> BaseResponse:
    form.cpv_prefix.choices = [("", _l("Any")), *((row.code[:2], row.label) for row in divisions())]
    form.cost_centre_id.offer(((row.id, row.label) for row in cost_centres()), nothing=_l("Any"))
    form.approver_ids.choices = [(person.id, person.name) for person in people_permitted(DECIDE)]
    if attempt(form, rulebook.write_rule, rule_id=rule.id if rule else None) is None:
        return page("buyers/approvals/rule_form.html", form=form, rule=rule, currency=_currency())
    flash(_("The rule stands. It counts for what is submitted from now on."), "good")
    return back_to(url_for(".rules"))


def _currency() -> str:
    return organisation(current_actor().organisation).currency
