"""What does this room do when it hears news, and as which party?"""

from marketplace.contracts.agreements.jobs import render_contract
from marketplace.events.contracts import AgreementProposed
from marketplace.foundation.background import enqueue
from marketplace.foundation.outbox import reacts_to
from marketplace.foundation.unit_of_work import after_commit


@reacts_to(AgreementProposed, as_party="proposer_id")
def have_the_contract_rendered(event: AgreementProposed) -> None:
    """A proposal needs its contract: a worker renders it."""
    arguments = {"agreement_id": event.subject_id, "organisation_id": event.proposer_id}
    after_commit(f"contract {event.subject_id}", lambda: enqueue(render_contract, **arguments))
