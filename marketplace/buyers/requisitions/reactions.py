"""What do requisitions do when they hear how their approval ended?"""

from marketplace.buyers.requisitions.actions import approve_requisition, reject_requisition
from marketplace.events.buyers import ApprovalGranted, ApprovalRefused
from marketplace.foundation.outbox import reacts_to


@reacts_to(ApprovalGranted, as_party="organisation_id")
def approve(event: ApprovalGranted) -> None:
    """A granted requisition may be ordered; one that was granted at once is approved already."""
    if event.document_kind == "requisition":
        approve_requisition(requisition_id=event.subject_id, run_id=event.run_id)


@reacts_to(ApprovalRefused, as_party="organisation_id")
def reject(event: ApprovalRefused) -> None:
    """A refused requisition gives back what it holds."""
    if event.document_kind == "requisition":
        reject_requisition(requisition_id=event.subject_id, run_id=event.run_id, comment=event.comment)
