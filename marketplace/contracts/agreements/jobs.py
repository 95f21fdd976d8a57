"""What happens to an agreement later? Its contract is rendered, once; its term runs out."""

from uuid import UUID

from sqlalchemy import select

from marketplace.contracts.agreements.actions import lay_down_contract
from marketplace.contracts.agreements.lifecycle import AGREEMENT, AgreementState
from marketplace.contracts.agreements.models import Agreement
from marketplace.contracts.agreements.queries import agreement, contract_text, unrendered_proposals
from marketplace.events.contracts import AgreementEnded
from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.documents import render_pdf
from marketplace.foundation.language import speaking, text as _
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


@job(queue="documents")
def render_contract(*, agreement_id: UUID, organisation_id: UUID) -> None:
    """Render the contract that both parties will sign. Once its hash is laid down, it is never rendered again."""
    with unit_of_work(automatic(organisation_id), read_only=True):
        contract = contract_text(agreement_id)
        if contract.agreement.contract_sha256 is not None:
            return
        content = render_pdf(
            "documents/agreement.html",
            language=contract.agreement.language,
            contract=contract,
            today=clock.today(),
        )
    with unit_of_work(automatic(organisation_id)):
        lay_down_contract(agreement_id=agreement_id, content=content)


def render_contracts_left_behind() -> int:
    """Enqueue the rendering that a crash or a lost queue has swallowed; returns how many contracts that were."""
    with unit_of_work(platform("render contracts left behind"), read_only=True):
        left = unrendered_proposals()
    for agreement_id, proposer_id in left:
        enqueue(render_contract, agreement_id=agreement_id, organisation_id=proposer_id)
    return len(left)


def end_expired_agreements() -> int:
    """End the agreements whose last day is over, each in a unit of work of its own; returns how many."""
    with unit_of_work(platform("end expired agreements"), read_only=True) as work:
        over = select(Agreement.id).where(
            Agreement.status == AgreementState.CONCLUDED, Agreement.ends_on < clock.today()
        )
        ids = list(work.scalars(over))
    return one_by_one("end expired agreements", ids, _end)


def _end(agreement_id: UUID) -> bool:
    with unit_of_work(platform("end expired agreements")):
        row = agreement(agreement_id, lock=True)
        if row.status != AgreementState.CONCLUDED:
            return False
        with speaking(row.language):
            row.ended_reason = _("The term is over.")
        AGREEMENT.move(row, AgreementState.ENDED, news=_ended(row))
    return True


def _ended(row: Agreement) -> AgreementEnded:
    return AgreementEnded(
        subject_id=row.id,
        buyer_id=row.buyer_id,
        seller_id=row.seller_id,
        number=row.number,
        title=row.title,
        reason=row.ended_reason or "",
    )
