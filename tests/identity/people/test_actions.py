"""Do memberships and invitations keep their rules, also against a hand-written statement and a second person?"""

from contextvars import copy_context
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation.constraints import constraint_of
from marketplace.foundation.errors import NotFound
from marketplace.foundation.mail import Mail
from marketplace.identity.people.actions import (
    AlreadyMember,
    InvitationEnded,
    WrongRole,
    add_membership,
    add_person,
    change_profile,
    change_roles,
    invite_person,
    withdraw_invitation,
)
from marketplace.identity.people.models import Invitation, Membership
from marketplace.identity.people.queries import (
    active_colleagues,
    colleagues,
    invitations,
    members_of,
    my_memberships,
    people_permitted,
    person,
    person_names,
)
from marketplace.identity.people.tokens import token_hash
from marketplace.permissions import Permission
from tests.cast import Cast, Party
from tests.factories.identity import a_membership, an_invitation


def end(party: Party, membership_id: UUID) -> None:
    with party.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["administrator"], is_active=False)


def a_second_administrator(market: Cast, party: Party) -> UUID:
    with market.platform():
        somebody = add_person(email="second@acme.example", name="Second")
        return add_membership(person_id=somebody.id, organisation_id=party.id, roles=["administrator"]).id


def test_change_roles_is_known_at_once_to_those_who_ask_for_a_permission(market: Cast) -> None:
    membership_id = a_membership(market.acme, "receiver")
    with market.acme.at_work("administrator"):
        assert market.acme.people["receiver"] not in {
            p.id for p in people_permitted(Permission.APPROVAL_DECIDE)
        }
        change_roles(membership_id=membership_id, roles=["receiver", "approver"], is_active=True)
        assert market.acme.people["receiver"] in {p.id for p in people_permitted(Permission.APPROVAL_DECIDE)}
        change_roles(membership_id=membership_id, roles=["receiver", "approver"], is_active=False)
        assert market.acme.people["receiver"] not in {
            p.id for p in people_permitted(Permission.APPROVAL_DECIDE)
        }
        assert active_colleagues({market.acme.people["receiver"]}) == []


@pytest.mark.parametrize("roles", [[], ["operator"], ["sales_desk"], ["emperor"]])
def test_change_roles_to_what_the_organisation_cannot_give_is_refused(market: Cast, roles: list[str]) -> None:
    with market.acme.at_work("administrator"), pytest.raises(WrongRole):
        change_roles(membership_id=a_membership(market.acme, "receiver"), roles=roles, is_active=True)


def test_change_roles_of_a_stranger_finds_nothing(market: Cast) -> None:
    with market.nosy.at_work("administrator"), pytest.raises(NotFound):
        change_roles(membership_id=a_membership(market.acme, "receiver"), roles=["requester"], is_active=True)


@pytest.mark.parametrize("change", ["is_active = false", "roles = '[\"requester\"]'"])
def test_the_last_administrator_cannot_leave_not_even_by_hand(market: Cast, change: str) -> None:
    membership_id = a_membership(market.acme, "administrator")
    with market.platform() as work:
        work.get_one(Membership, membership_id).roles = ["administrator", "requester"]
    with pytest.raises(IntegrityError) as error, market.acme.at_work("administrator") as work:
        work.execute(text(f"UPDATE memberships SET {change} WHERE id = :id"), {"id": membership_id})
    assert constraint_of(error.value) == "an_administrator_remains"


def test_the_last_administrator_cannot_be_deleted_by_the_platform(market: Cast) -> None:
    with pytest.raises(IntegrityError, match="no administrator"), market.platform() as work:
        work.execute(text("DELETE FROM memberships WHERE organisation_id = :id"), {"id": market.acme.id})


def test_one_of_two_administrators_may_leave(market: Cast) -> None:
    a_second_administrator(market, market.acme)
    end(market.acme, a_membership(market.acme, "administrator"))
    with market.acme.automatically():
        assert [p.name for p in people_permitted(Permission.PEOPLE_MANAGE)] == ["Second"]


def test_two_administrators_who_leave_at_once_leave_one_behind(market: Cast) -> None:
    memberships = [a_membership(market.acme, "administrator"), a_second_administrator(market, market.acme)]
    outcomes: list[str] = []
    together = Barrier(2)

    def leave(membership_id: UUID) -> None:
        together.wait()
        try:
            end(market.acme, membership_id)
            outcomes.append("left")
        except IntegrityError as error:
            outcomes.append(constraint_of(error))

    threads = [Thread(target=copy_context().run, args=(leave, one)) for one in memberships]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["an_administrator_remains", "left"]


def test_a_member_cannot_let_anybody_in_by_hand(market: Cast) -> None:
    intruder = Membership(
        person_id=market.acme.people["approver"], organisation_id=market.nosy.id, roles=["administrator"]
    )
    with pytest.raises(DBAPIError, match="permission denied"), market.nosy.at_work("administrator") as work:
        work.add(intruder)


def test_add_membership_again_brings_a_former_member_back(market: Cast) -> None:
    membership_id = a_membership(market.acme, "receiver")
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["receiver"], is_active=False)
    with market.platform():
        again = add_membership(
            person_id=market.acme.people["receiver"], organisation_id=market.acme.id, roles=["approver"]
        )
    assert (again.id, again.is_active, again.roles) == (membership_id, True, ["approver"])


def test_people_are_known_to_colleagues_and_to_nobody_else(market: Cast) -> None:
    somebody = market.acme.people["approver"]
    with market.acme.reading("requester"):
        assert person(somebody).email == "approver@acme.example"
        assert person_names({somebody}) == {somebody: "approver of Acme Industrie"}
        assert len(colleagues()) == 6
    with market.nosy.reading("administrator"):
        assert person_names({somebody}) == {}
        assert members_of(market.acme.id) == []
        with pytest.raises(NotFound):
            person(somebody)


def test_my_memberships_are_shown_to_a_person_without_a_present_organisation(market: Cast) -> None:
    with market.acme.reading("requester"):
        assert [organisation.name for _, organisation in my_memberships()] == ["Acme Industrie"]


def test_change_profile_changes_oneself_and_no_colleague(market: Cast) -> None:
    with market.acme.at_work("requester") as work:
        change_profile(name="Camille", language="en", theme="dark")
        others = text("UPDATE people SET name = 'x' WHERE id = :id")
        assert work.execute(others, {"id": market.acme.people["approver"]}).rowcount == 0
    with market.acme.reading("requester"):
        assert person(market.acme.people["requester"]).name == "Camille"


def test_invite_person_writes_a_letter_with_a_link_and_keeps_only_the_hash(market: Cast) -> None:
    token = an_invitation(market.acme, "New@Acme.example ", "approver")
    with market.platform() as work:
        invitation = work.scalars(select(Invitation)).one()
        letter = work.scalars(select(Mail).where(Mail.recipient == "new@acme.example")).one()
    assert invitation.token_sha256 == token_hash(token)
    assert letter.link.endswith(f"/invitations/{token}")
    assert "Acme Industrie" in letter.subject


def test_invite_a_member_is_refused(market: Cast) -> None:
    with market.acme.at_work("administrator"), pytest.raises(AlreadyMember):
        invite_person(email="approver@acme.example", roles=["approver"])


def test_invite_again_ends_the_earlier_invitation(market: Cast) -> None:
    an_invitation(market.acme, "new@acme.example", "approver")
    an_invitation(market.acme, "new@acme.example", "receiver")
    with market.acme.reading("administrator"):
        assert [one.roles for one in invitations()] == [["receiver"]]


def test_withdraw_invitation_ends_it_once(market: Cast) -> None:
    an_invitation(market.acme, "new@acme.example", "approver")
    with market.acme.at_work("administrator"):
        invitation = invitations()[0]
        withdraw_invitation(invitation_id=invitation.id)
        assert not invitation.is_open
        with pytest.raises(InvitationEnded):
            withdraw_invitation(invitation_id=invitation.id)


def test_an_ended_invitation_cannot_be_opened_again_by_hand(market: Cast) -> None:
    an_invitation(market.acme, "new@acme.example", "approver")
    with market.acme.at_work("administrator"):
        withdraw_invitation(invitation_id=invitations()[0].id)
    with pytest.raises(IntegrityError, match="written once"), market.acme.at_work("administrator") as work:
        work.execute(text("UPDATE invitations SET withdrawn_at = NULL"))


def test_withdraw_an_invitation_of_somebody_else_finds_nothing(market: Cast) -> None:
    an_invitation(market.acme, "new@acme.example", "approver")
    with market.acme.reading("administrator"):
        invitation_id = invitations()[0].id
    with market.nosy.at_work("administrator"), pytest.raises(NotFound):
        withdraw_invitation(invitation_id=invitation_id)
