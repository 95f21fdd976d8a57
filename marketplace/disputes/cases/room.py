"""What does somebody see who opens a dispute: what is contested, whose move it is, and what each choice would do?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import LazyString

from marketplace.buyers.orders.terms import Change
from marketplace.disputes.cases import queries
from marketplace.disputes.cases.clocks import CLOCKS, Clock, Turn
from marketplace.disputes.cases.effects import Effect, effects, effects_on_goods, shares
from marketplace.disputes.cases.lifecycle import DISPUTE, UNSETTLED, WITH_MEDIATOR, DisputeState
from marketplace.disputes.cases.models import (
    Contribution,
    ContributionKind,
    Dispute,
    DisputeLine,
    Evidence,
    Proposal,
    ProposalAnswer,
)
from marketplace.disputes.cases.terms import Terms, changes, described
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import Entry
from marketplace.foundation.tenancy import current_actor

S, K = DisputeState, ContributionKind
STAGES: dict[DisputeState, int] = {
    S.OPENED: 1,
    S.ESCALATED: 1,
    S.CLAIM: 2,
    S.ANSWER: 2,
    S.NEGOTIATION: 3,
    S.DEADLOCK: 3,
    S.MEDIATION_CALLED: 4,
    S.MEDIATOR_NAMED: 4,
    S.MEDIATION: 4,
    S.MEDIATOR_PROPOSED: 4,
}
KINDS: dict[ContributionKind, LazyString] = {
    K.OPENING: _l("opened the dispute"),
    K.REPLY: _l("reply"),
    K.CLAIM: _l("claim"),
    K.ANSWER: _l("answer"),
    K.MESSAGE: _l("message"),
    K.WITHDRAWAL: _l("took it back"),
}
NUMBERS = ("quantity", "shipped", "accepted", "damaged", "missing", "replaced", "expected", "over")


class Message(NamedTuple):
    """A contribution as a conversation shows it."""

    who: str
    organisation: str
    at: datetime
    body: str
    is_mine: bool


@dataclass(frozen=True)
class Offer:
    """A proposal as people read it: its terms, what changed, what it would do, and who has answered."""

    proposal: Proposal
    by: str
    is_mediators: bool
    terms: Mapping[str, str]
    changes: Sequence[Change]
    effects: Sequence[Effect]
    answers: Sequence[ProposalAnswer]
    is_newest: bool

    @property
    def is_declined(self) -> bool:
        """Whether one side has said no."""
        return any(not answer.is_signature for answer in self.answers)

    def answer_of(self, organisation_id: UUID | None) -> ProposalAnswer | None:
        """What that side has answered."""
        return next((answer for answer in self.answers if answer.organisation_id == organisation_id), None)


@dataclass(frozen=True)
class Room:
    """A dispute with all that the present actor may see of it."""

    dispute: Dispute
    names: Mapping[UUID, str]
    who: queries.Standing
    lines: Sequence[DisputeLine]
    messages: Sequence[Message]
    evidence: Sequence[Evidence]
    offers: Sequence[Offer]
    facts: Mapping[str, Any] | None
    entries: Sequence[Entry]
    lost: Mapping[UUID, Decimal]

    @property
    def buyer(self) -> str:
        """The buyer's name."""
        return self.names[self.dispute.buyer_id]

    @property
    def seller(self) -> str:
        """The seller's name."""
        return self.names[self.dispute.seller_id]

    @property
    def stage(self) -> int:
        """Where it is on the way: opened, stated, negotiated, mediated, ended."""
        return STAGES.get(self.dispute.status, 5)

    @property
    def clock(self) -> Clock | None:
        """The clock that runs."""
        return CLOCKS.get(self.dispute.status)

    @property
    def is_my_move(self) -> bool:
        """Whether the present actor is awaited."""
        turn = self.clock.turn if self.clock else None
        return (
            (turn == Turn.OPENER and self.who.is_opener)
            or (turn == Turn.RESPONDENT and self.who.is_respondent)
            or (turn == Turn.BOTH and self.who.is_side)
            or (turn == Turn.MEDIATOR and self.who.is_mediator)
            or (turn == Turn.OPERATOR and current_actor().permits("market:watch"))
        )

    @property
    def mover(self) -> str:
        """Whose move it is, by name; nobody's where it has ended."""
        if self.clock is None:
            return ""
        row = self.dispute
        opener, respondent = self.names[row.opener_id], self.names[row.respondent_id]
        return {
            Turn.OPENER: opener,
            Turn.RESPONDENT: respondent,
            Turn.BOTH: _("%(one)s and %(other)s", one=opener, other=respondent),
            Turn.MEDIATOR: row.mediator_name or "",
            Turn.OPERATOR: self.names[row.mediator_id] if row.mediator_id else "",
            Turn.MARKET: _("the payment service"),
        }[self.clock.turn]

    @property
    def offer(self) -> Offer | None:
        """The proposal that can be signed."""
        newest = next(iter(self.offers), None)
        return newest if newest and not newest.is_declined and self.dispute.status in UNSETTLED else None

    @property
    def step(self) -> ContributionKind | None:
        """The contribution that the present actor's side owes now."""
        owed = {
            S.OPENED: (K.REPLY, self.who.is_respondent),
            S.ESCALATED: (K.REPLY, self.who.is_respondent),
            S.CLAIM: (K.CLAIM, self.who.is_opener),
            S.ANSWER: (K.ANSWER, self.who.is_respondent),
        }
        kind, is_ours = owed.get(self.dispute.status, (K.MESSAGE, False))
        return kind if is_ours and current_actor().permits("dispute:write") else None

    @property
    def may_write(self) -> bool:
        """Whether the present actor may write a message now."""
        is_open = self.dispute.status in UNSETTLED
        owes_reply = self.step == K.REPLY
        may = self.who.is_side and current_actor().permits("dispute:write") and not owes_reply
        return is_open and (may or (self.who.is_mediator and self.dispute.status in WITH_MEDIATOR))

    @property
    def may_propose(self) -> bool:
        """Whether the present actor may offer a settlement now."""
        is_open = self.dispute.status in UNSETTLED
        may = self.who.is_side and current_actor().permits("dispute:write")
        return is_open and (may or (self.who.is_mediator and DISPUTE.can(self.dispute, S.MEDIATOR_PROPOSED)))

    @property
    def if_withdrawn(self) -> list[Effect]:
        """What taking it back would do."""
        return self._effects(Money.zero(self.dispute.contested.currency))

    @property
    def if_it_lapsed(self) -> list[Effect]:
        """What the clock that runs would do to the money, where its outcome is the end."""
        if self.clock is None or self.clock.outcome != S.LAPSED:
            return []
        winner = self.dispute.opener_id if self.clock.is_for_opener else self.dispute.respondent_id
        is_buyer = winner == self.dispute.buyer_id
        contested = self.dispute.contested
        return self._effects(contested if is_buyer else Money.zero(contested.currency))

    @property
    def outcome(self) -> list[Effect]:
        """What the outcome gives each side; nothing while there is none."""
        row = self.dispute
        if row.returned is None:
            return []
        settled = next((o for o in self.offers if o.proposal.id == row.settled_proposal_id), None)
        return list(settled.effects) if settled else self._effects(row.returned)

    def _effects(self, returned: Money, again: Sequence[ReplacementLine] = ()) -> list[Effect]:
        found = shares(self.dispute.contested, returned, self.lines, self.lost, again)
        return effects(found, buyer=self.buyer, seller=self.seller)


def room(dispute_id: UUID) -> Room:
    """The dispute and all that the actor may see of it, in ten statements at most. Raises NotFound."""
    row = queries.dispute(dispute_id)
    names, lines = queries.names_of([row]), queries.lines_of(dispute_id)
    sheet = queries.fact_sheet(dispute_id)
    lost = lost_on_sheet(sheet.facts) if sheet else {}
    return Room(
        dispute=row,
        names=names,
        who=queries.standing(row),
        lines=lines,
        messages=[_message(said, names) for said in queries.contributions_of(dispute_id)],
        evidence=queries.evidence_of(dispute_id),
        offers=_offers(row, names, lines, lost),
        facts=readable(sheet.facts) | {"drawn_up_at": sheet.drawn_up_at} if sheet else None,
        entries=queries.timeline(dispute_id),
        lost=lost,
    )


def lost_on_sheet(facts: Mapping[str, Any]) -> dict[UUID, Decimal]:
    """How much of each order line was counted damaged or missing, as the fact sheet has it: for all three alike."""
    return {
        UUID(line["order_line_id"]): Decimal(line["damaged"]) + Decimal(line["missing"])
        for line in facts["order"]["lines"]
    }


def readable(value: Any, name: str = "") -> Any:
    """A fact sheet with its figures, days and amounts as values again."""
    if isinstance(value, list):
        return [readable(inner) for inner in value]
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        return Money(Decimal(value["amount"]), value["currency"])
    if isinstance(value, dict):
        return {key: readable(inner, key) for key, inner in value.items()}
    return _read(value, name) if isinstance(value, str) else value


def _read(text: str, name: str) -> Decimal | date | str:
    if name in NUMBERS:
        return Decimal(text)
    if name.endswith("_on"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text) if name.endswith("_at") else text


def _message(said: Contribution, names: Mapping[UUID, str]) -> Message:
    where = names.get(said.author_id, "")
    label = "" if said.kind == K.MESSAGE else f" · {KINDS[ContributionKind(said.kind)]}"
    is_mine = said.author_id == current_actor().organisation_id
    return Message(said.author_name, where + label, said.said_at, said.body, is_mine)


def _offers(
    row: Dispute, names: Mapping[UUID, str], lines: Sequence[DisputeLine], lost: Mapping[UUID, Decimal]
) -> list[Offer]:
    made, answers = queries.proposals_of(row.id), queries.answers_of(row.id)
    before = [*map(Terms.of, made[1:]), *([None] if made else [])]
    return [
        Offer(
            proposal=proposal,
            by=f"{proposal.proposer_name}, {names.get(proposal.proposer_id, '')}",
            is_mediators=proposal.proposer_id == row.mediator_id,
            terms=described(Terms.of(proposal), lines),
            changes=changes(older, Terms.of(proposal), lines) if older else [],
            effects=_would_do(row, names, Terms.of(proposal), lines, lost),
            answers=[answer for answer in answers if answer.proposal_id == proposal.id],
            is_newest=proposal is made[0],
        )
        for proposal, older in zip(made, before, strict=True)
    ]


def _would_do(
    row: Dispute,
    names: Mapping[UUID, str],
    terms: Terms,
    lines: Sequence[DisputeLine],
    lost: Mapping[UUID, Decimal],
) -> list[Effect]:
    found = shares(row.contested, terms.returned, lines, lost, terms.replacements)
    money = effects(found, buyer=names[row.buyer_id], seller=names[row.seller_id])
    return [*money, *effects_on_goods(terms, lines)]
