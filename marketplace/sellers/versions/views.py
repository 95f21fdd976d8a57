"""What does a supplier see of the versions of its catalogue?"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import story
from marketplace.foundation.paging import newest_first
from marketplace.foundation.web import attempt, back_to, live_part, page, requires
from marketplace.identity.organisations.queries import organisation
from marketplace.identity.people.queries import person_names
from marketplace.permissions import Permission
from marketplace.sellers.attributes.queries import attributes_of
from marketplace.sellers.catalogue.actions import prepare_import
from marketplace.sellers.catalogue.forms import FileForm, ProductForm, TiersForm
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.queries import divisions, our_product
from marketplace.sellers.documents.forms import DocumentForm
from marketplace.sellers.documents.queries import certificates_of
from marketplace.sellers.specifications.forms import shown_with, specification_form
from marketplace.sellers.versions import actions, queries
from marketplace.sellers.versions.differences import KINDS, RULES
from marketplace.sellers.versions.forms import PolicyForm, PublishForm, StateForm, VersionForm, product_form
from marketplace.sellers.versions.lifecycle import VERSION, VersionState
from marketplace.sellers.versions.models import CatalogueVersion

READ, WRITE, MANAGE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE, Permission.ORGANISATION_MANAGE
SHOW = "sellers.versions.show"

blueprint = Blueprint("versions", __name__, url_prefix="/versions")
NAVIGATION = (
    Entrance(
        "sell", _l("Versions of the catalogue"), "sellers.versions.index", READ, "versions", ("supplier",)
    ),
)


@blueprint.get("/")
@requires(READ)
def index() -> Response:
    """Our versions, the newest first."""
    shown = newest_first(queries.versions(), CatalogueVersion)
    return page(
        "sellers/versions/index.html",
        shown=shown,
        sizes=queries.sizes_of([row.id for row in shown.rows]),
        lifecycle=VERSION,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE)
def new() -> BaseResponse:
    """Begin a version."""
    form = VersionForm()
    row = attempt(form, actions.open_version)
    if row is None:
        return page("sellers/versions/new.html", form=form)
    return _back(row.id)


@blueprint.route("/policy", methods=["GET", "POST"])
@requires(MANAGE)
def policy() -> BaseResponse:
    """Say what is looked at before a version is published."""
    known = queries.policy()
    form = PolicyForm(
        data={"price_limit": known.price_limit, "needs_second_person": known.needs_second_person}
    )
    if attempt(form, actions.set_policy) is None:
        return page("sellers/versions/policy.html", form=form)
    flash(_("Saved."), "good")
    return back_to(url_for("sellers.versions.index"))


@blueprint.get("/<uuid:version_id>")
@requires(READ)
def show(version_id: UUID) -> Response:
    """One version: what it changes, what is to be looked at, and what can be done with it."""
    row = queries.version(version_id)
    return _page(row, PublishForm.on(row.publish_on))


@blueprint.get("/<uuid:version_id>/progress")
@requires(READ)
def progress(version_id: UUID) -> Response:
    """How far its publication has come, for the page that asks every two seconds."""
    row = queries.version(version_id)
    task = queries.task_of(row)
    is_over = row.status != VersionState.PUBLISHING or task is None or task.is_over
    return live_part("sellers/versions/_progress.html", is_over=is_over, version=row, task=task)


@blueprint.route("/<uuid:version_id>/article", methods=["GET", "POST"])
@requires(WRITE)
def article(version_id: UUID) -> BaseResponse:
    """Say what an article shall become with this version: the one whose number stands in the address, or a new one."""
    row, sku = queries.version(version_id), request.args.get("sku", "").strip()
    known, line = queries.articles([sku]).get(sku), queries.line(version_id, sku)
    facts = {**(known.facts if known else {}), **(line.changes if line else {})}
    form = product_form(sku, facts, organisation(row.organisation_id).currency)
    if attempt(form, actions.put_product, version_id=version_id, known_as=sku if facts else None) is None:
        shown = {"form": form, "version": row, "is_new": not facts, "sku": sku}
        return page("sellers/versions/article.html", **shown, divisions=divisions())
    return _back(version_id)


@blueprint.post("/into/<uuid:product_id>")
@requires(WRITE)
def keep(product_id: UUID) -> BaseResponse:
    """Put what was typed of a product into the newest draft, rather than into the catalogue."""
    row, form = our_product(product_id), ProductForm()
    line = attempt(form, _into_newest(actions.put_product), known_as=row.sku)
    if line is None:
        return page("sellers/catalogue/edit.html", form=form, product=row, divisions=divisions())
    return _kept(line.version_id)


@blueprint.post("/into/<uuid:product_id>/prices")
@requires(WRITE)
def keep_prices(product_id: UUID) -> BaseResponse:
    """Put what larger quantities shall cost into the newest draft."""
    row, form = our_product(product_id), TiersForm()
    line = attempt(form, _into_newest(actions.put_tiers), product_id=product_id)
    if line is None:
        return page("sellers/catalogue/prices.html", form=form, product=row)
    return _kept(line.version_id)


@blueprint.post("/into/<uuid:product_id>/specification")
@requires(WRITE)
def keep_said(product_id: UUID) -> BaseResponse:
    """Put what a product shall say into the newest draft."""
    row = our_product(product_id)
    asked = attributes_of(row.cpv_code)
    form = specification_form(asked, {})
    line = attempt(form, _into_newest(actions.put_said), product_id=product_id)
    if line is None:
        return page("sellers/specifications/edit.html", **shown_with(form, row, asked))
    return _kept(line.version_id)


@blueprint.post("/into/<uuid:product_id>/document")
@requires(WRITE)
def keep_document(product_id: UUID) -> BaseResponse:
    """Put a document of a product into the newest draft."""
    row, form = our_product(product_id), DocumentForm.of(certificates_of(product_id))
    line = attempt(form, _into_newest(actions.put_document), product_id=product_id)
    if line is None:
        return page("sellers/documents/attach.html", form=form, product=row)
    return _kept(line.version_id)


@blueprint.route("/<uuid:version_id>/state", methods=["GET", "POST"])
@requires(WRITE)
def state(version_id: UUID) -> BaseResponse:
    """Publish or withdraw articles with this version."""
    row, form = queries.version(version_id), StateForm()
    if attempt(form, actions.put_state, version_id=version_id) is None:
        return page("sellers/versions/state.html", form=form, version=row)
    return _back(version_id)


@blueprint.route("/<uuid:version_id>/file", methods=["GET", "POST"])
@requires(WRITE)
def file(version_id: UUID) -> BaseResponse:
    """Choose a file that goes into this version."""
    row, form = queries.version(version_id), FileForm()
    work = attempt(form, prepare_import, version_id=row.id)
    if work is None:
        return page("sellers/versions/file.html", form=form, version=row, columns=known_columns().values())
    return back_to(url_for("sellers.catalogue.read", import_id=work.id))


@blueprint.post("/<uuid:version_id>/remove")
@requires(WRITE)
def remove(version_id: UUID) -> BaseResponse:
    """Take lines out."""
    actions.remove_lines(version_id=version_id, line_ids=_chosen())
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/insist")
@requires(WRITE)
def insist(version_id: UUID) -> BaseResponse:
    """Write over what was changed since, all the same."""
    actions.insist(version_id=version_id, line_ids=_chosen())
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/give-way")
@requires(WRITE)
def give_way(version_id: UUID) -> BaseResponse:
    """Leave what was changed since as it is."""
    actions.give_way(version_id=version_id, line_ids=_chosen())
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/check")
@requires(WRITE)
def check(version_id: UUID) -> BaseResponse:
    """Say that one has looked through it."""
    actions.check_version(version_id=version_id)
    flash(_("Checked: it can be published."), "good")
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/publish")
@requires(WRITE)
def publish(version_id: UUID) -> BaseResponse:
    """Publish it now, or as a day begins."""
    row, form = queries.version(version_id), PublishForm()
    if attempt(form, actions.publish_version, version_id=version_id) is None:
        return _page(row, form)
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/reopen")
@requires(WRITE)
def reopen(version_id: UUID) -> BaseResponse:
    """Make it a draft again."""
    actions.reopen_version(version_id=version_id)
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/drop")
@requires(WRITE)
def drop(version_id: UUID) -> BaseResponse:
    """Publish nothing of it."""
    actions.drop_version(version_id=version_id)
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/call-off")
@requires(WRITE)
def call_off(version_id: UUID) -> BaseResponse:
    """Do not publish it on its day."""
    actions.call_off(version_id=version_id)
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/go-on")
@requires(WRITE)
def go_on(version_id: UUID) -> BaseResponse:
    """Publish the rest of it, where a worker has given up."""
    actions.go_on(version_id=version_id)
    return _back(version_id)


@blueprint.post("/<uuid:version_id>/take-back")
@requires(WRITE)
def take_back(version_id: UUID) -> BaseResponse:
    """Open a version that brings back what this one replaced."""
    row = actions.take_back(version_id=version_id)
    flash(_("This version brings back what was there before; look through it, and publish it."), "good")
    return _back(row.id)


def _page(row: CatalogueVersion, form: PublishForm) -> Response:
    view, limit = request.args.get("view", "all"), queries.policy().price_limit
    return page(
        "sellers/versions/show.html",
        version=row,
        view=view,
        form=form,
        counts=queries.tally(row.id, limit),
        shown=queries.differences(row.id, limit, view),
        price_limit=limit,
        task=queries.task_of(row),
        people=person_names({known for known in (row.opened_by_id, row.checked_by_id) if known}),
        entries=story(row.id),
        rules=RULES,
        kinds=KINDS,
        lifecycle=VERSION,
        may={target: VERSION.can(row, target) for target in VersionState},
    )


def _into_newest(action: Any) -> Any:
    """The action, into the newest draft; a new one, called after the day, where there is none."""
    return lambda **typed: action(version_id=actions.newest_draft().id, **typed)


def _kept(version_id: UUID) -> BaseResponse:
    flash(_("Kept in this version: buyers see it once the version is published."), "good")
    return _back(version_id)


def _back(version_id: UUID) -> BaseResponse:
    return back_to(url_for(SHOW, version_id=version_id))


def _chosen() -> list[UUID]:
    """Which lines are meant; one that is no id is not there, for no line at all may mean every one."""
    chosen = request.form.getlist("line", type=UUID)
    if len(chosen) < len(request.form.getlist("line")):
        raise NotFound(_l("There is nothing here that you may see."))
    return chosen
