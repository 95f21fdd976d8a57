"""What does somebody see who was told something, and the operator of the letters that were kept?"""

from uuid import UUID

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.foundation.forms import choices
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import attempt, back_to, for_signed_in, page, requires
from marketplace.identity.notices import actions, queries
from marketplace.identity.notices.forms import PreferencesForm
from marketplace.identity.people.queries import my_memberships
from marketplace.permissions import Permission

blueprint = Blueprint("notices", __name__)
NAVIGATION = (
    Entrance(
        "market", _l("Letters"), "identity.notices.outbox", Permission.MARKET_WATCH, "mail", ("operator",)
    ),
)


@blueprint.get("/notices")
@for_signed_in
def inbox() -> Response:
    """Everything that I was told here, newest first."""
    only_unread = request.args.get("only") == "unread"
    return page(
        "identity/notices/inbox.html",
        notices=queries.inbox(only_unread=only_unread),
        only_unread=only_unread,
        unread=queries.unread_count(),
    )


@blueprint.get("/notices/bell")
@for_signed_in
def bell() -> str:
    """The number on the bell of every page."""
    return render_template("identity/notices/_bell.html", unread=queries.unread_count())


@blueprint.get("/notices/<uuid:notice_id>")
@for_signed_in
def show(notice_id: UUID) -> Response:
    """Where the link of a letter leads: to the document itself, once one acts for whom it was written to."""
    elsewhere = _elsewhere(request.args.get("for", ""))
    if elsewhere is not None:
        flash(_("This was told to you at %(name)s: act for it to see it.", name=elsewhere), "info")
        return back_to(url_for("identity.access.choose"))
    return back_to(queries.target_of(notice_id) or url_for("identity.notices.inbox"))


@blueprint.post("/notices/<uuid:notice_id>")
@for_signed_in
def open_notice(notice_id: UUID) -> Response:
    """Mark as read, and go where it leads."""
    actions.read_notice(notice_id=notice_id)
    return back_to(queries.target_of(notice_id) or url_for("identity.notices.inbox"))


@blueprint.post("/notices/<uuid:notice_id>/read")
@for_signed_in
def read(notice_id: UUID) -> Response:
    """Mark as read, and stay here."""
    actions.read_notice(notice_id=notice_id)
    return back_to(url_for("identity.notices.inbox"))


@blueprint.post("/notices/read")
@for_signed_in
def read_all() -> Response:
    """Mark all as read."""
    actions.read_all_notices()
    return back_to(url_for("identity.notices.inbox"))


@blueprint.route("/notices/preferences", methods=["GET", "POST"])
@for_signed_in
def preferences() -> Response:
    """Choose which news comes by mail too."""
    if current_actor().organisation_id is None:
        return back_to(url_for("identity.access.choose"))
    known = queries.mail_choices()
    form = PreferencesForm(data={"mailed": [choice.kind for choice in known if choice.wants_mail]})
    form.mailed.choices = choices({choice.kind: choice.label for choice in known})
    attempt(form, actions.choose_mail)
    if form.is_submitted() and not form.errors:
        flash(_("From now on you get these letters, and no others."), "good")
        return back_to(url_for("identity.notices.preferences"))
    return page("identity/notices/preferences.html", form=form)


def _elsewhere(wanted: str) -> str | None:
    """The name of the organisation with that id, where it is one of mine and not the one that I act for now."""
    others = {str(organisation.id): organisation.name for _membership, organisation in my_memberships()}
    others.pop(str(current_actor().organisation_id), None)
    return others.get(wanted)


@blueprint.get("/market/letters")
@requires(Permission.MARKET_WATCH)
def outbox() -> Response:
    """For the operator: the letters that stayed here because no SMTP server is set."""
    with unit_of_work(platform("look at the kept letters", person=current_actor()), read_only=True):
        letters = queries.kept_mail()
    return page("identity/notices/outbox.html", letters=letters)
