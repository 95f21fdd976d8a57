"""On which pages does a supplier bring in pictures?"""

from uuid import UUID

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.foundation.paging import newest_first
from marketplace.foundation.tasks import Task, cancel_task
from marketplace.foundation.web import attempt, back_to, live_part, page, requires
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.forms import FileForm
from marketplace.sellers.pictures import actions, queries

blueprint = Blueprint("pictures", __name__, url_prefix="/catalogue/pictures")
WRITE = Permission.CATALOGUE_WRITE


@blueprint.route("/", methods=["GET", "POST"])
@requires(WRITE)
def index() -> BaseResponse:
    """Choose an archive; those that were brought in, newest first."""
    form = FileForm()
    row = attempt(form, actions.start_pictures)
    if row is None:
        shown = newest_first(queries.picture_tasks(), Task)
        return page("sellers/pictures/index.html", form=form, shown=shown)
    return back_to(url_for(".show", task_id=row.id))


@blueprint.get("/<uuid:task_id>")
@requires(WRITE)
def show(task_id: UUID) -> Response:
    """How far the pictures have come, and what became of them."""
    task = queries.picture_task(task_id)
    outcome = queries.Outcome.of(task)
    return page("sellers/pictures/show.html", task=task, outcome=outcome, reasons=queries.REASONS)


@blueprint.get("/<uuid:task_id>/progress")
@requires(WRITE)
def progress(task_id: UUID) -> Response:
    """How far they have come, for the page that asks every two seconds; when it is over, the page comes anew."""
    task = queries.picture_task(task_id)
    return live_part("sellers/pictures/_progress.html", is_over=task.is_over, task=task)


@blueprint.post("/<uuid:task_id>/cancel")
@requires(WRITE)
def cancel(task_id: UUID) -> BaseResponse:
    """Stop at the next picture; those that are shown stay."""
    cancel_task(queries.picture_task(task_id).id)
    return back_to(url_for(".show", task_id=task_id))
