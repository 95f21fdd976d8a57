"""What can be done about a settlement? It is proposed, countered, declined, and signed by both sides."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders.terms import digest
from marketplace.disputes.cases import queries
from marketplace.disputes.cases.actions import UNANSWERED, held
from marketplace.disputes.cases.clocks import deadline
from marketplace.disputes.cases.course import between_sides, keep_alive, move_on
from marketplace.disputes.cases.lifecycle import DISPUTE, DisputeState
from marketplace.disputes.cases.models import Dispute, Proposal, ProposalAnswer
from marketplace.disputes.cases.terms import Terms, check
from marketplace.events.disputes import DisputeSettled, ProposalMade, ReplacementLine, SettlementSigned
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import NotYourMove
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.permissions import Permission

S = DisputeState
NOTHING = Decimal(0)


class Superseded(Conflict):
    """There is a newer proposal than the one that was looked at."""


class AlreadyAnswered(Conflict):
    """One side has signed or declined this proposal before."""


def propose_settlement(
    *,
    dispute_id: UUID,
    refund: Decimal | None = None,
    credit: Decimal | None = None,
    replacements: Sequence[ReplacementLine] = (),
    redelivery_on: date | None = None,
    note: str | None = None,
    signs_from: str | None = None,
) -> Proposal:
    """Offer a settlement, as one side or as the mediator; it takes the place of the one before.

    An offer is a reply too; a counter-offer to the mediator's proposal takes the dispute back into mediation. Where
    the proposer `signs_from` a network address, their side has signed. Raises Invalid, WrongQuantity, WrongState,
    TooLate, NotYourMove.
    """
    row = held(dispute_id)
    _check_may_propose(row)
    currency = row.contested.currency
    terms = Terms(
        refund=Money(refund or NOTHING, currency),
        credit=Money(credit or NOTHING, currency),
        replacements=tuple(r for r in replacements if r.quantity),
        redelivery_on=redelivery_on,
        note=note or "",
    )
    check(terms, row.contested, queries.lines_of(row.id), clock.today())
    made = _written(row, terms)
    _follow(row)
    if signs_from is not None:
        sign_settlement(proposal_id=made.id, sha256=made.sha256, address=signs_from)
    return made


def sign_settlement(*, proposal_id: UUID, sha256: str, address: str) -> Dispute:
    """Sign a proposal for the actor's side; the second signature settles the dispute, which then executes itself.

    `sha256` is the hash of the terms that the person was shown, `address` the network address they sign from. Raises
    Superseded, AlreadyAnswered, NotYourMove, TooLate, WrongState.
    """
    proposal = fetch(Proposal, proposal_id)
    row = held(proposal.dispute_id)
    if current_actor().organisation_id not in row.sides.values() or not DISPUTE.can(row, S.SETTLED):
        raise NotYourMove(_l("Only the two sides sign, by somebody who may."))
    _check_is_newest(row, proposal, sha256)
    _answer(row, proposal, is_signature=True, reason="", address=address)
    announce(
        SettlementSigned(
            **between_sides(row),
            proposal_id=proposal.id,
            signer_organisation_id=current_actor().organisation,
        )
    )
    keep_alive(row)
    if len([a for a in _answers(proposal) if a.is_signature]) == len(row.sides):
        _settle(row, proposal)
    return row


def decline_settlement(*, proposal_id: UUID, reason: str, address: str = "") -> Dispute:
    """Say no to a proposal, with the reason; after the mediator's the mediation goes on. See `sign_settlement`."""
    proposal = fetch(Proposal, proposal_id)
    row = held(proposal.dispute_id)
    actor = current_actor()
    if actor.organisation_id not in row.sides.values() or not actor.permits(Permission.DISPUTE_WRITE):
        raise NotYourMove(_l("You are not allowed to do this."))
    _check_is_newest(row, proposal, proposal.sha256)
    _answer(row, proposal, is_signature=False, reason=reason, address=address)
    if row.status == S.MEDIATOR_PROPOSED:
        move_on(row, S.MEDIATION, due_at=row.mediation_ends_at)
    else:
        keep_alive(row)
    return row


def _check_may_propose(row: Dispute) -> None:
    actor, who = current_actor(), queries.standing(row)
    may = (who.is_side and actor.permits(Permission.DISPUTE_WRITE)) or (
        who.is_mediator and DISPUTE.can(row, S.MEDIATOR_PROPOSED)
    )
    if not may:
        raise NotYourMove(_l("You are not allowed to do this."))


def _written(row: Dispute, terms: Terms) -> Proposal:
    actor, before = current_actor(), queries.newest_proposal(row.id)
    number = before.number + 1 if before else 1
    signed = {"dispute": row.number, "order": row.order_number, "number": number, **terms.as_json()}
    made = save(
        Proposal(
            dispute_id=row.id,
            **row.sides,
            number=number,
            proposer_id=actor.organisation,
            person_id=actor.person,
            proposer_name=actor.person_name,
            refund=terms.refund,
            credit=terms.credit,
            replacements=terms.replacements_as_json(),
            redelivery_on=terms.redelivery_on,
            note=terms.note,
            sha256=digest(signed),
        )
    )
    if not queries.standing(row).is_mediator:
        announce(_news_of(row, made, terms))
    return made


def _news_of(row: Dispute, made: Proposal, terms: Terms) -> ProposalMade:
    return ProposalMade(
        **between_sides(row),
        proposal_id=made.id,
        proposer_id=made.proposer_id,
        remedy=terms.remedy,
        amount=terms.returned.amount,
        currency=terms.returned.currency,
    )


def _follow(row: Dispute) -> None:
    """What a new proposal does to the state of the dispute."""
    who = queries.standing(row)
    if who.is_mediator:
        move_on(row, S.MEDIATOR_PROPOSED)
    elif row.status == S.MEDIATOR_PROPOSED:
        move_on(row, S.MEDIATION, due_at=row.mediation_ends_at)
    elif who.is_respondent and row.status in UNANSWERED:
        move_on(row, S.CLAIM)
    else:
        keep_alive(row)


def _check_is_newest(row: Dispute, proposal: Proposal, sha256: str) -> None:
    newest = queries.newest_proposal(row.id)
    if newest is None or newest.id != proposal.id or sha256 != proposal.sha256:
        raise Superseded(_l("There is a newer proposal; please look at it first."))
    given = _answers(proposal)
    if any(answer.organisation_id == current_actor().organisation_id for answer in given):
        raise AlreadyAnswered(_l("Your side has already answered this proposal."))
    if any(not answer.is_signature for answer in given):
        raise AlreadyAnswered(_l("The other side has declined this proposal."))


def _answers(proposal: Proposal) -> list[ProposalAnswer]:
    return [answer for answer in queries.answers_of(proposal.dispute_id) if answer.proposal_id == proposal.id]


def _answer(row: Dispute, proposal: Proposal, *, is_signature: bool, reason: str, address: str) -> None:
    actor = current_actor()
    save(
        ProposalAnswer(
            dispute_id=row.id,
            proposal_id=proposal.id,
            **row.sides,
            organisation_id=actor.organisation,
            person_id=actor.person,
            person_name=actor.person_name,
            is_signature=is_signature,
            reason=reason,
            address=address,
            sha256=proposal.sha256,
        )
    )


def _settle(row: Dispute, proposal: Proposal) -> None:
    terms = Terms.of(proposal)
    row.settled_proposal_id, row.returned_amount = proposal.id, terms.returned.amount
    news = DisputeSettled(
        **between_sides(row),
        proposal_id=proposal.id,
        remedy=terms.remedy,
        amount=terms.returned.amount,
        currency=terms.returned.currency,
        replacements=list(terms.replacements),
    )
    DISPUTE.move(row, S.SETTLED, news=news)
    row.moved_at = clock.now()
    row.due_at = deadline(S.SETTLED, row.days, row.moved_at)
    session().flush()
