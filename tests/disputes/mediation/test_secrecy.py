"""Who can read and write what, asked in SQL as each side, the mediator, the operator's other people and outsiders?"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import ContributionKind
from marketplace.foundation.db import new_id
from tests.cast import Cast, Party
from tests.factories.disputes import a_counted_order, a_mediation, bring_to, opened, say

S = DisputeState
pytestmark = pytest.mark.usefixtures("speaking")
ROOM = (
    "dispute_lines",
    "dispute_contributions",
    "dispute_evidence",
    "dispute_fact_sheets",
    "settlement_proposals",
    "settlement_answers",
)


REFUSALS = ("42501", "23514", "23505")


class Mediation(NamedTuple):
    market: Cast
    dispute_id: UUID


@pytest.fixture
def mediation(market: Cast) -> Mediation:
    return Mediation(market, a_mediation(market))


def rows(party: Party, role: str, table: str, condition: str = "true") -> int:
    with party.reading(role) as work:
        return int(work.scalar(text(f"SELECT count(*) FROM {table} WHERE {condition}")) or 0)


def secrets(party: Party, role: str) -> set[str]:
    with party.reading(role) as work:
        return set(work.scalars(text("SELECT body FROM caucus_messages")))


def test_caucuses_are_read_by_their_side_and_the_mediator_alone(mediation: Mediation) -> None:
    market = mediation.market
    ours = {f"{word} {market.acme.name}" for word in ("Secret of", "Answer to")}
    theirs = {f"{word} {market.bolt.name}" for word in ("Secret of", "Answer to")}
    assert secrets(market.acme, "receiver") == ours
    assert secrets(market.bolt, "sales_desk") == theirs
    assert secrets(market.mira, "mediator") == ours | theirs
    for party in (market.mira, market.nosy, market.pry, market.crown):
        for role in set(party.people) - {"mediator"}:
            assert secrets(party, role) == set(), role


def test_the_room_is_read_by_both_sides_and_the_mediator_alone(mediation: Mediation) -> None:
    market = mediation.market
    others = (
        (market.mira, "operator"),
        (market.mira, "administrator"),
        (market.nosy, "procurement_lead"),
        (market.pry, "sales_desk"),
    )
    for table in ROOM:
        assert rows(market.acme, "receiver", table) == rows(market.bolt, "sales_desk", table) > 0
        assert rows(market.mira, "mediator", table) == rows(market.acme, "receiver", table)
        assert [rows(party, role, table) for party, role in others] == [0, 0, 0, 0], table


def test_the_frame_is_known_to_the_operators_people_and_to_no_outsider(mediation: Mediation) -> None:
    market = mediation.market
    assert rows(market.mira, "operator", "disputes") == 1
    for outsider in (market.nosy, market.pry, market.crown):
        assert rows(outsider, "administrator", "disputes") == 0


def test_news_tell_the_operators_people_nothing_of_offers(mediation: Mediation) -> None:
    market = mediation.market
    told = f"subject_id = '{mediation.dispute_id}'"
    assert rows(market.mira, "operator", "news", f"{told} AND name <> 'DisputeMoved'") == 0
    assert rows(market.mira, "mediator", "stored_files", "true") == 0


def test_a_mediator_of_another_dispute_is_an_outsider_here(mediation: Mediation, market: Cast) -> None:
    other = opened(market, a_counted_order(market))
    bring_to(market, other, S.DEADLOCK)
    for table in ("dispute_contributions", "dispute_lines"):
        assert rows(market.mira, "mediator", table, f"dispute_id = '{other}'") == 0


def refused(party: Party, role: str, statement: str, **values: object) -> bool:
    """Whether the database refuses the statement, or finds no row that it may touch."""
    with party.at_work(role) as work:
        try:
            touched = work.execute(text(statement), values).rowcount  # type: ignore[attr-defined]
        except DBAPIError as error:
            touched = 0 if getattr(error.orig, "sqlstate", "") in REFUSALS else -1
        work.rollback()
    return touched == 0


def copied(table: str, row: dict[str, object]) -> str:
    return (
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(null::{table}, :row)).*"
    )


def test_nobody_writes_in_the_caucus_or_in_the_name_of_another(mediation: Mediation) -> None:
    market = mediation.market
    with market.mira.reading("mediator") as work:
        found = work.execute(
            text(
                "SELECT to_jsonb(m) FROM caucus_messages m WHERE author_id = organisation_id AND organisation_id = :a"
            ),
            {"a": market.acme.id},
        ).scalar_one()
    for party, role in (
        (market.bolt, "sales_desk"),
        (market.mira, "operator"),
        (market.mira, "mediator"),
        (market.acme, "procurement_lead"),
        (market.nosy, "receiver"),
    ):
        forged = {**found, "id": str(new_id()), "position": 10_000}
        insert = text(copied("caucus_messages", forged)).bindparams(row=forged)
        with party.at_work(role) as work:
            with pytest.raises(DBAPIError):
                work.execute(insert)
            work.rollback()


def test_what_was_said_shown_and_signed_is_never_changed_or_deleted(mediation: Mediation) -> None:
    market = mediation.market
    everybody = ((market.acme, "receiver"), (market.bolt, "sales_desk"), (market.mira, "mediator"))
    for table in (*ROOM, "caucus_messages", "mediation_answers"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            assert all(refused(party, role, statement) for party, role in everybody), statement
            with market.platform() as work:
                with pytest.raises(DBAPIError):
                    work.execute(text(statement))
                work.rollback()


ATTACKS = {
    "the other side withdraws": ("bolt", "sales_desk", "status = 'withdrawn', outcome = 'withdrawn',"
                                 " is_founded = false, returned_amount = 0, closed_at = :now, due_at = null"),
    "one side settles alone": ("bolt", "sales_desk", "status = 'settled', returned_amount = 10, settled_proposal_id ="
                               " (SELECT id FROM settlement_proposals)"),
    "the other side lets it lapse": ("bolt", "sales_desk", "status = 'lapsed', outcome = 'lapsed', is_founded = false,"
                                     " returned_amount = 0, closed_at = :now, due_at = null"),
    "a clock is shortened": ("bolt", "sales_desk", "due_at = :now"),
    "a clock is lengthened": ("acme", "receiver", "due_at = due_at + interval '90 days'"),
    "somebody else mediates": ("mira", "operator", "mediator_person_id = :operator"),
    "the mediator decides": ("mira", "mediator", "returned_amount = 20, is_founded = true"),
    "less is contested": ("bolt", "sales_desk", "contested_amount = 1"),
    "it never was about this order": ("bolt", "sales_desk", "order_id = :operator"),
    "another step is skipped": ("bolt", "sales_desk", "status = 'referred'"),
    "the operator ends it": ("mira", "operator", "status = 'referred'"),
}  # fmt: skip


def test_the_database_refuses_steps_of_others(mediation: Mediation) -> None:
    market = mediation.market
    known: dict[str, object] = {
        "now": datetime.fromisoformat("2026-06-01T10:00:00+00:00"),
        "operator": market.mira.people["operator"],
    }
    for what, (party, role, change) in ATTACKS.items():
        values = {name: value for name, value in known.items() if f":{name}" in change}
        statement = f"UPDATE disputes SET {change} WHERE id = :id"
        assert refused(getattr(market, party), role, statement, id=mediation.dispute_id, **values), what


def test_a_statement_of_the_other_side_cannot_be_forged(mediation: Mediation) -> None:
    market = mediation.market
    statement = (
        "INSERT INTO dispute_contributions (id, dispute_id, buyer_id, seller_id, author_id, person_id, author_name,"
        " kind, body, said_at) SELECT :new, dispute_id, buyer_id, seller_id, author_id, person_id, author_name,"
        " 'message', 'Nous reconnaissons tout.', said_at FROM dispute_contributions WHERE author_id = :other LIMIT 1"
    )
    assert refused(market.acme, "receiver", statement, new=new_id(), other=market.bolt.id)


def test_a_signature_of_the_other_side_cannot_be_forged(mediation: Mediation) -> None:
    market = mediation.market
    statement = (
        "INSERT INTO settlement_answers (id, dispute_id, proposal_id, buyer_id, seller_id, organisation_id, person_id,"
        " person_name, is_signature, reason, address, sha256, answered_at) SELECT :new, dispute_id, proposal_id,"
        " buyer_id, seller_id, :signer, :person, 'X', true, '', '', sha256, answered_at FROM settlement_answers LIMIT 1"
    )
    forger = market.bolt.people["sales_desk"]
    assert refused(market.bolt, "sales_desk", statement, new=new_id(), signer=market.acme.id, person=forger)


def test_the_outsiders_words_reach_nobody(mediation: Mediation) -> None:
    market = mediation.market
    with pytest.raises(Exception, match="nothing here"):
        say(market.nosy, mediation.dispute_id, ContributionKind.MESSAGE)
