"""What can somebody do who holds the letter that asks for their decision?

Decide on that document, wherever it asks them, without signing in. The link names the run and the person and is signed;
it is worth nothing as soon as what it asks is decided, the document changed, or the person may not decide any more.
"""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.buyers.approvals.queries import PendingStep, my_pending_steps, run
from marketplace.events.buyers import ApprovalReminded, ApprovalRequested
from marketplace.foundation.errors import Gone
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import Actor
from marketplace.identity.access.queries import actor_of_member
from marketplace.identity.notices.letters import Way, leads_by_letter
from marketplace.permissions import Permission


class Asked(NamedTuple):
    """Who is asked by a letter, for which organisation, to decide on what."""

    organisation_id: UUID
    person_id: UUID
    run_id: UUID


@leads_by_letter(ApprovalRequested, ApprovalReminded)
def to_decide(news: ApprovalRequested | ApprovalReminded, person_id: UUID) -> Way:
    """The page on which the document is decided on."""
    asked = Asked(news.organisation_id, person_id, news.run_id)
    token = _signer().dumps([str(identity) for identity in asked])
    return Way(_l("Decide now"), f"/approvals/by-letter/{token}")


def asked_by(token: str) -> Asked:
    """Whom that link asks. Raises Gone where it is none of ours."""
    try:
        return Asked(*map(UUID, _signer().loads(token)))
    except (BadSignature, TypeError, ValueError):
        raise Gone(_l("This link opens nothing.")) from None


def reader_of(asked: Asked) -> Actor:
    """That person, who may decide and nothing else. Raises Gone where they may not, or not any more."""
    member = actor_of_member(asked.organisation_id, asked.person_id)
    if member is None or not member.permits(Permission.APPROVAL_DECIDE):
        raise Gone(_l("This link opens nothing."))
    return replace(member, permissions=frozenset({Permission.APPROVAL_DECIDE}))


def waiting(asked: Asked) -> PendingStep | None:
    """What still waits for the decision of the acting person there; None where nothing does."""
    document_id = run(asked.run_id).document_id
    return next((one for one in my_pending_steps(document_id) if one.run.id == asked.run_id), None)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key.get_secret_value(), salt="decision by letter")
