"""Is a mediator called, named, accepted and replaced by nobody else, and always neutral?"""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import ContributionKind
from marketplace.disputes.cases.queries import contributions_of, dispute
from marketplace.disputes.mediation.actions import (
    NotNeutral,
    answer_mediation,
    call_mediator,
    confide,
    end_mediation,
    name_mediator,
)
from marketplace.disputes.mediation.queries import called, caucus, under_way
from marketplace.foundation import clock
from marketplace.foundation.clock import after_working_days
from marketplace.foundation.errors import Conflict, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.identity.people.actions import add_membership
from tests.cast import Cast
from tests.factories.disputes import a_dispute, a_dispute_in, accept, call, name, say, seen, state

S = DisputeState
pytestmark = pytest.mark.usefixtures("speaking")


def test_either_side_calls_after_the_negotiation(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.DEADLOCK)
    with market.bolt.at_work("sales_desk"):
        call_mediator(dispute_id=dispute_id)
    row = seen(market.mira, dispute_id)
    assert (row.status, row.called_by_id, row.mediator_id) == (
        S.MEDIATION_CALLED,
        market.bolt.id,
        market.mira.id,
    )


def test_the_operator_sees_a_dispute_only_once_called(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.DEADLOCK)
    with market.mira.reading("mediator"), pytest.raises(NotFound):
        dispute(dispute_id)


def test_after_silence_only_the_opener_calls(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.ESCALATED)
    with market.bolt.at_work("sales_desk"), pytest.raises(NotYourMove):
        call_mediator(dispute_id=dispute_id)
    call(market, dispute_id)
    assert state(market, dispute_id) == S.MEDIATION_CALLED


@pytest.mark.parametrize("reached", [S.OPENED, S.CLAIM, S.NEGOTIATION, S.MEDIATION])
def test_nobody_calls_at_another_time(market: Cast, reached: DisputeState) -> None:
    dispute_id = a_dispute_in(market, reached)
    with market.acme.at_work("receiver"), pytest.raises(WrongState):
        call_mediator(dispute_id=dispute_id)


def test_the_queue_shows_candidates_with_load_and_conflict(market: Cast) -> None:
    a_dispute_in(market, S.MEDIATION)
    with market.platform():
        tied = market.mira.people["administrator"]
        add_membership(person_id=tied, organisation_id=market.acme.id, roles=["receiver"])
        work_as_mediators(market)
    dispute_id = a_dispute_in(market, S.MEDIATION_CALLED)
    with market.mira.reading("operator"):
        [waiting] = called()
        assert (waiting.dispute.id, waiting.buyer, waiting.seller) == (
            dispute_id,
            market.acme.name,
            market.bolt.name,
        )
        found = {c.person_id: (c.load, c.has_conflict) for c in waiting.candidates}
        assert found == {tied: (0, True), market.mira.people["mediator"]: (1, False)}
        assert len(under_way()) == 1


def work_as_mediators(market: Cast) -> None:
    """Mira's administrator mediates too."""
    with market.platform() as work:
        work.execute(
            text(
                'UPDATE memberships SET roles = \'["administrator", "mediator"]\''
                " WHERE person_id = :person AND organisation_id = :here"
            ),
            {"person": market.mira.people["administrator"], "here": market.mira.id},
        )


def test_a_person_of_one_side_is_not_named_by_anybody(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION_CALLED)
    mediator = market.mira.people["mediator"]
    with market.platform():
        add_membership(person_id=mediator, organisation_id=market.bolt.id, roles=["warehouse"])
    with market.mira.at_work("operator"), pytest.raises(NotNeutral):
        name_mediator(dispute_id=dispute_id, person_id=mediator)
    with market.mira.at_work("operator") as work:
        with pytest.raises(IntegrityError, match="may not mediate"):
            work.execute(
                text(
                    "UPDATE disputes SET status = 'mediator_named', mediator_person_id = :person,"
                    " mediator_name = 'M', moved_at = :now, due_at = :due WHERE id = :id"
                ),
                {
                    "id": dispute_id,
                    "person": mediator,
                    "now": clock.now(),
                    "due": after_working_days(clock.now(), 15),
                },
            )
        work.rollback()


def test_a_mediator_cannot_join_one_side_while_it_lasts(market: Cast) -> None:
    a_dispute_in(market, S.MEDIATION)
    mediator = market.mira.people["mediator"]
    with market.platform() as work:
        with pytest.raises(IntegrityError, match="mediates a dispute"):
            add_membership(person_id=mediator, organisation_id=market.acme.id, roles=["receiver"])
        work.rollback()
    with market.platform():
        add_membership(person_id=mediator, organisation_id=market.nosy.id, roles=["receiver"])


def test_only_the_operators_mediators_can_be_named(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION_CALLED)
    for person in (
        market.mira.people["operator"],
        market.acme.people["receiver"],
        market.nosy.people["receiver"],
    ):
        with market.mira.at_work("operator"), pytest.raises(NotNeutral):
            name_mediator(dispute_id=dispute_id, person_id=person)
    for party, role in ((market.acme, "procurement_lead"), (market.mira, "mediator")):
        with party.at_work(role), pytest.raises(NotYourMove):
            name_mediator(dispute_id=dispute_id, person_id=market.mira.people["mediator"])


def test_mediation_begins_with_the_second_yes(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    accept(market.acme, dispute_id)
    assert state(market, dispute_id) == S.MEDIATOR_NAMED
    with pytest.raises(Conflict, match="already answered"):
        accept(market.acme, dispute_id)
    accept(market.bolt, dispute_id)
    row = seen(market.acme, dispute_id)
    assert (row.status, row.mediation_ends_at) == (S.MEDIATION, after_working_days(clock.now(), 60))


def test_one_no_refers_it(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    accept(market.acme, dispute_id)
    accept(market.bolt, dispute_id, is_accepted=False)
    assert state(market, dispute_id) == S.REFERRED


def test_nobody_else_answers(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    for party, role in ((market.acme, "requester"), (market.mira, "mediator")):
        with party.at_work(role), pytest.raises(NotYourMove):
            answer_mediation(dispute_id=dispute_id, is_accepted=True)


def test_the_mediator_gives_up(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION)
    for party, role in ((market.acme, "receiver"), (market.mira, "operator")):
        with party.at_work(role), pytest.raises(NotYourMove):
            end_mediation(dispute_id=dispute_id)
    with market.mira.at_work("mediator"):
        end_mediation(dispute_id=dispute_id)
    assert state(market, dispute_id) == S.REFERRED


def test_the_mediator_enters_the_room_with_the_second_yes(market: Cast) -> None:
    dispute_id = a_dispute(market)
    say(market.bolt, dispute_id, ContributionKind.REPLY, "Nous vérifions.")
    dispute_id = a_dispute_in(market, S.MEDIATION_CALLED)
    name(market, dispute_id)
    with market.mira.reading("mediator"):
        assert contributions_of(dispute_id) == []
    accept(market.acme, dispute_id)
    accept(market.bolt, dispute_id)
    with market.mira.reading("mediator"):
        assert len(contributions_of(dispute_id)) == 4
    say(market.mira, dispute_id, body="Bonjour à tous.")
    with market.bolt.reading("sales_desk"):
        assert contributions_of(dispute_id)[-1].author_id == market.mira.id


def test_each_side_confides_in_a_caucus_of_its_own(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION)
    with market.acme.at_work("receiver"):
        confide(dispute_id=dispute_id, organisation_id=market.acme.id, body="Nous accepterions 12.")
    with market.mira.at_work("mediator"):
        confide(dispute_id=dispute_id, organisation_id=market.acme.id, body="Noté.")
        confide(dispute_id=dispute_id, organisation_id=market.bolt.id, body="Et vous ?")
    with market.acme.reading("receiver"):
        assert [m.body for m in caucus(dispute_id, market.acme.id)] == ["Nous accepterions 12.", "Noté."]
        assert caucus(dispute_id, market.bolt.id) == []


def test_nobody_confides_in_the_caucus_of_another(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATION)
    for party, role, side in (
        (market.acme, "receiver", market.bolt),
        (market.acme, "requester", market.acme),
        (market.mira, "operator", market.acme),
        (market.mira, "mediator", market.nosy),
    ):
        with party.at_work(role), pytest.raises(NotYourMove):
            confide(dispute_id=dispute_id, organisation_id=side.id, body="?")


def test_there_is_no_caucus_outside_of_mediation(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    with market.acme.at_work("receiver"), pytest.raises(WrongState):
        confide(dispute_id=dispute_id, organisation_id=market.acme.id, body="?")
