"""What can be done with a framework agreement?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from marketplace.contracts.agreements.lifecycle import AGREEMENT, AgreementState
from marketplace.contracts.agreements.models import (
    Agreement,
    AgreementClause,
    AgreementLine,
    AgreementSignature,
    CallOff,
    Clause,
)
from marketplace.contracts.agreements.queries import agreement, product_by_sku, signatures_of
from marketplace.contracts.agreements.wording import filled
from marketplace.events.contracts import (
    AgreementConcluded,
    AgreementDeclined,
    AgreementEnded,
    AgreementProposed,
    AgreementRendered,
    AgreementSigned,
    AgreementWithdrawn,
)
from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of, refusal_of
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Conflict, Forbidden, Invalid
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.numbering import next_number
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation


class CeilingExceeded(Conflict):
    """A call-off would go beyond the quantity or the amount that was agreed."""


class NotInForce(Conflict):
    """The agreement's term does not include this day, or it is not concluded."""


class WrongBytes(Conflict):
    """What the person looked at is not the contract that is laid down."""


@dataclass(frozen=True)
class CallOffLine:
    """So much of one agreement line, at that amount."""

    agreement_line_id: UUID
    quantity: Decimal
    amount: Money


def draft_agreement(
    *,
    counterparty_id: UUID,
    title: str,
    starts_on: date,
    ends_on: date,
    ceiling_amount: Decimal | None = None,
    is_proposer_buyer: bool = True,
) -> Agreement:
    """Begin an agreement between the actor's organisation and another. Raises Invalid for an unfit counterparty."""
    here, there = organisation(current_actor().organisation), organisation(counterparty_id)
    buyer, seller = (here, there) if is_proposer_buyer else (there, here)
    if not (buyer.is_buyer and seller.is_supplier) or buyer.id == seller.id:
        raise Invalid(_l("An agreement needs a buyer and a supplier."), field="counterparty_id")
    return save(
        Agreement(
            number=next_number(here.id, "FA"),
            title=title,
            buyer_id=buyer.id,
            seller_id=seller.id,
            proposer_id=here.id,
            starts_on=starts_on,
            ends_on=ends_on,
            currency=buyer.currency,
            ceiling_amount=ceiling_amount,
            language=buyer.language,
        )
    )


def price_product(
    *, agreement_id: UUID, sku: str, unit_price: Decimal, ceiling_quantity: Decimal | None = None
) -> AgreementLine:
    """Add the seller's product of that SKU at a price, to a draft. Raises Invalid; the database keeps other states."""
    row = agreement(agreement_id)
    article = product_by_sku(seller_id=row.seller_id, sku=sku)
    if article is None:
        raise Invalid(_l("This supplier has no product “%(sku)s” that you may see.", sku=sku), field="sku")
    return save(
        AgreementLine(
            agreement_id=row.id,
            buyer_id=row.buyer_id,
            seller_id=row.seller_id,
            product_id=article.id,
            sku=article.sku,
            name=article.name,
            unit_code=article.unit_code,
            unit_price=Money(unit_price, row.currency),
            ceiling_quantity=ceiling_quantity,
        )
    )


def quote_clause(*, agreement_id: UUID, clause_id: UUID, variables: dict[str, Any]) -> AgreementClause:
    """Put a clause of the library into a draft, with what stands in its blanks. Raises WrongBlank, NotFound."""
    row, clause = agreement(agreement_id), fetch(Clause, clause_id)
    return save(
        AgreementClause(
            agreement_id=row.id,
            buyer_id=row.buyer_id,
            seller_id=row.seller_id,
            clause_id=clause.id,
            variables=filled(clause, variables),
        )
    )


def propose_agreement(*, agreement_id: UUID) -> Agreement:
    """Lay the draft before the other party; the worker renders the contract that both will sign."""
    row = agreement(agreement_id, lock=True)
    if (
        session().scalar(select(AgreementLine.id).where(AgreementLine.agreement_id == row.id).limit(1))
        is None
    ):
        raise Invalid(_l("An agreement needs at least one price line."))
    news = AgreementProposed(**_named(row), proposer_id=row.proposer_id)
    AGREEMENT.move(row, AgreementState.PROPOSED, news=news)
    return row


def withdraw_agreement(*, agreement_id: UUID) -> Agreement:
    """Take a draft or a proposal back."""
    row = agreement(agreement_id, lock=True)
    AGREEMENT.move(row, AgreementState.WITHDRAWN, news=AgreementWithdrawn(**_named(row)))
    return row


def decline_agreement(*, agreement_id: UUID, reason: str) -> Agreement:
    """Say no to the other party's proposal, with the reason."""
    row = agreement(agreement_id, lock=True)
    AGREEMENT.move(row, AgreementState.DECLINED, news=AgreementDeclined(**_named(row), reason=reason))
    return row


def sign_agreement(*, agreement_id: UUID, sha256: str, address: str) -> Agreement:
    """Sign the contract's bytes for the actor's party; the second signature concludes the agreement.

    `sha256` is the hash of the contract that the person was shown, `address` the network address they sign from.
    Raises WrongBytes, Forbidden, Conflict for a second signature of the same party.
    """
    row, actor = agreement(agreement_id, lock=True), current_actor()
    if not actor.permits("agreement:sign") or actor.organisation_id not in (row.buyer_id, row.seller_id):
        raise Forbidden(_l("Only the two parties sign."))
    if row.status != AgreementState.PROPOSED or row.contract_sha256 is None:
        raise Conflict(_l("There is no contract to sign yet."))
    if sha256 != row.contract_sha256:
        raise WrongBytes(_l("This is not the contract that is laid down; please open it again."))
    if any(s.organisation_id == actor.organisation_id for s in signatures_of(row.id)):
        raise Conflict(_l("Your organisation has already signed."))
    _write_signature(row, address)
    if len(signatures_of(row.id)) == len((row.buyer_id, row.seller_id)):
        AGREEMENT.move(row, AgreementState.CONCLUDED, news=AgreementConcluded(**_named(row)))
    return row


def lay_down_contract(*, agreement_id: UUID, content: bytes) -> Agreement:
    """File the contract's bytes for both parties; a second rendering is thrown away, the first one stays."""
    row = agreement(agreement_id, lock=True)
    if row.contract_sha256 is not None or row.status != AgreementState.PROPOSED:
        return row
    filed = store_file(
        content,
        name=f"{row.number}.pdf",
        media_type="application/pdf",
        owner_id=row.buyer_id,
        counterparty_id=row.seller_id,
    )
    row.contract_file_id, row.contract_sha256 = filed.id, filed.sha256
    announce(AgreementRendered(**_named(row), file_id=filed.id, sha256=filed.sha256))
    return row


def drop_line(*, agreement_line_id: UUID) -> Agreement:
    """Take a price line out of a draft; the database refuses it in any other state."""
    line = fetch(AgreementLine, agreement_line_id)
    session().delete(line)
    session().flush()
    return agreement(line.agreement_id)


def drop_clause(*, agreement_clause_id: UUID) -> Agreement:
    """Take a clause out of a draft; the database refuses it in any other state."""
    quoted = fetch(AgreementClause, agreement_clause_id)
    session().delete(quoted)
    session().flush()
    return agreement(quoted.agreement_id)


def end_agreement(*, agreement_id: UUID, reason: str) -> Agreement:
    """End a concluded agreement: nothing more is called off from it; orders that exist stand."""
    row = agreement(agreement_id, lock=True)
    row.ended_reason = reason
    AGREEMENT.move(row, AgreementState.ENDED, news=AgreementEnded(**_named(row), reason=reason))
    return row


def call_off(*, order_id: UUID, lines: Sequence[CallOffLine]) -> None:
    """Count an order against the ceilings. Raises CeilingExceeded or NotInForce; the database decides."""
    if not lines:
        return
    ids = {line.agreement_line_id for line in lines}
    parties = {
        line.id: line for line in session().scalars(select(AgreementLine).where(AgreementLine.id.in_(ids)))
    }
    try:
        session().execute(
            insert(CallOff), [_row(order_id, line, parties[line.agreement_line_id]) for line in lines]
        )
    except IntegrityError as error:
        if "ceiling" in constraint_of(error):
            raise CeilingExceeded(_l("This goes beyond what the framework agreement allows.")) from error
        if constraint_of(error) == "agreement_in_force":
            raise NotInForce(_l("The agreement is not in force on that day.")) from error
        raise refusal_of(error) from error


def release_call_offs(*, order_id: UUID) -> None:
    """Give back what an order has called off: it was refused or cancelled."""
    standing = update(CallOff).where(CallOff.order_id == order_id, CallOff.released_at.is_(None))
    session().execute(standing.values(released_at=clock.now()))


def change_call_off(*, order_id: UUID, lines: Sequence[CallOffLine]) -> None:
    """Count an order anew after an agreed change; one that takes the same stays counted, also after the term.

    Raises CeilingExceeded, NotInForce, and then nothing is changed.
    """
    wanted = ((line.agreement_line_id, line.quantity, line.amount.amount) for line in lines)
    if sorted(wanted) == _called_off(order_id):
        return
    with session().begin_nested():
        release_call_offs(order_id=order_id)
        call_off(order_id=order_id, lines=lines)


def _called_off(order_id: UUID) -> list[tuple[UUID, Decimal, Decimal]]:
    standing = select(CallOff.agreement_line_id, CallOff.quantity, CallOff.amount).where(
        CallOff.order_id == order_id, CallOff.released_at.is_(None)
    )
    return sorted((row[0], row[1], row[2]) for row in session().execute(standing))


def _write_signature(row: Agreement, address: str) -> None:
    actor = current_actor()
    save(
        AgreementSignature(
            agreement_id=row.id,
            buyer_id=row.buyer_id,
            seller_id=row.seller_id,
            organisation_id=actor.organisation,
            person_id=actor.person,
            signer_name=actor.person_name,
            address=address,
            sha256=str(row.contract_sha256),
            signed_at=clock.now(),
        )
    )
    news = {"signer_organisation_id": actor.organisation, "signer_name": actor.person_name}
    announce(AgreementSigned(**_named(row), **news, sha256=str(row.contract_sha256)))  # type: ignore[arg-type]


def _row(order_id: UUID, line: CallOffLine, agreed: AgreementLine) -> dict[str, Any]:
    return {
        "id": new_id(),
        "agreement_id": agreed.agreement_id,
        "agreement_line_id": agreed.id,
        "buyer_id": agreed.buyer_id,
        "seller_id": agreed.seller_id,
        "order_id": order_id,
        "quantity": line.quantity,
        "amount": line.amount.amount,
        "called_off_on": clock.today(),
        "released_at": None,
    }


def _named(row: Agreement) -> dict[str, Any]:
    return {
        "subject_id": row.id,
        "buyer_id": row.buyer_id,
        "seller_id": row.seller_id,
        "number": row.number,
        "title": row.title,
    }
