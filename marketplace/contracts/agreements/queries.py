"""What can be asked about agreements?"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.contracts.agreements.lifecycle import AgreementState
from marketplace.contracts.agreements.models import (
    Agreement,
    AgreementClause,
    AgreementLine,
    AgreementSignature,
    CallOff,
    Clause,
)
from marketplace.contracts.agreements.wording import ContractText
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.permissions import Permission
from marketplace.sellers.catalogue.models import Product


def agreement(agreement_id: UUID, *, lock: bool = False) -> Agreement:
    """That agreement. Raises NotFound."""
    return fetch(Agreement, agreement_id, lock=lock)


def product_by_sku(*, seller_id: UUID, sku: str) -> Product | None:
    """That seller's product of that SKU, where this actor may see it."""
    statement = select(Product).where(Product.organisation_id == seller_id, Product.sku == sku)
    return session().scalars(statement).one_or_none()


def clause_library() -> Sequence[Clause]:
    """The newest version of every clause, in the order in which a contract has them."""
    newest = select(Clause).ext(distinct_on(Clause.code)).order_by(Clause.code, Clause.version.desc())
    return sorted(session().scalars(newest), key=lambda clause: clause.position)


def clause(clause_id: UUID) -> Clause:
    """That clause of the library. Raises NotFound."""
    return fetch(Clause, clause_id)


def quotations_of(agreement_id: UUID) -> list[tuple[AgreementClause, Clause]]:
    """The clauses that an agreement quotes, in their order."""
    statement = (
        select(AgreementClause, Clause)
        .join(Clause, Clause.id == AgreementClause.clause_id)
        .where(AgreementClause.agreement_id == agreement_id)
        .order_by(Clause.position)
    )
    return [(row[0], row[1]) for row in session().execute(statement)]


def contract_text(agreement_id: UUID) -> ContractText:
    """All that a contract says: the parties, the lines, the clauses."""
    row = agreement(agreement_id)
    return ContractText(
        agreement=row,
        buyer=organisation(row.buyer_id),
        seller=organisation(row.seller_id),
        lines=lines_of(agreement_id),
        quotations=quotations_of(agreement_id),
    )


def unrendered_proposals(limit: int = 200) -> list[tuple[UUID, UUID]]:
    """Agreement and proposer wherever a proposal has no contract yet, for the platform; the oldest first."""
    statement = (
        select(Agreement.id, Agreement.proposer_id)
        .where(Agreement.status == AgreementState.PROPOSED, Agreement.contract_sha256.is_(None))
        .order_by(Agreement.id)
        .limit(limit)
    )
    return [(row.id, row.proposer_id) for row in session().execute(statement)]


def contract_file_id(agreement_id: UUID) -> UUID:
    """Where the contract's bytes are filed. Raises NotFound while they are not rendered."""
    file_id = agreement(agreement_id).contract_file_id
    if file_id is None:
        raise NotFound(_l("The contract is still being rendered."))
    return file_id


def may_sign(row: Agreement, signatures: Sequence[AgreementSignature]) -> bool:
    """Whether the present actor can sign the contract now."""
    actor = current_actor()
    return (
        row.status == AgreementState.PROPOSED
        and row.contract_sha256 is not None
        and actor.permits(Permission.AGREEMENT_SIGN)
        and all(signature.organisation_id != actor.organisation_id for signature in signatures)
    )


def agreements() -> Select[Agreement]:
    """All agreements of this actor, to be paged."""
    return select(Agreement)


def lines_of(agreement_id: UUID) -> Sequence[AgreementLine]:
    """Its price lines, by SKU."""
    statement = select(AgreementLine).where(AgreementLine.agreement_id == agreement_id)
    return session().scalars(statement.order_by(AgreementLine.sku)).all()


def signatures_of(agreement_id: UUID) -> Sequence[AgreementSignature]:
    """Who has signed, in the order in which they did."""
    statement = select(AgreementSignature).where(AgreementSignature.agreement_id == agreement_id)
    return session().scalars(statement.order_by(AgreementSignature.signed_at)).all()


def call_offs_of(agreement_id: UUID) -> Sequence[CallOff]:
    """The orders' call-offs that stand: the rows behind what is called off."""
    statement = select(CallOff).where(CallOff.agreement_id == agreement_id, CallOff.released_at.is_(None))
    return session().scalars(statement.order_by(CallOff.id)).all()


def agreements_in_force_with(seller_id: UUID, *, on: date) -> Sequence[Agreement]:
    """Agreements of this actor with that seller that orders of the day may call off from."""
    statement = select(Agreement).where(
        Agreement.seller_id == seller_id,
        Agreement.buyer_id == current_actor().organisation_id,
        Agreement.status == AgreementState.CONCLUDED,
        Agreement.starts_on <= on,
        Agreement.ends_on >= on,
    )
    return session().scalars(statement).all()
