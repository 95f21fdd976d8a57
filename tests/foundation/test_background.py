"""Do jobs reach a worker, with what they were asked, and is a queue that is down no reason to fail?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from marketplace.foundation.background import QUEUES, enqueue, in_this_process, job, queue, run_waiting, work
from marketplace.foundation.outbox import OrganisationEvent, PendingNews, announce, reacts_to
from marketplace.foundation.settings import current_settings
from tests.cast import Cast
from tests.databases import clone

asked: list[tuple[UUID | None, str]] = []


@dataclass(frozen=True, kw_only=True)
class LampLit(OrganisationEvent):
    """Announced by these tests only."""

    subject: ClassVar[str] = "lamp"


@reacts_to(LampLit, as_party=None)
def see(event: LampLit) -> None:
    asked.append((event.subject_id, "lamp"))


@job(queue="documents")
def note(*, subject_id: UUID | None, word: str) -> None:
    asked.append((subject_id, word))


@pytest.fixture
def queued() -> Iterator[Cast]:
    """The cast, with the real queue, emptied."""
    asked.clear()
    for name in QUEUES:
        queue(name).empty()
    with clone():
        yield Cast.present()
    for name in QUEUES:
        queue(name).empty()


def test_enqueue_waits_in_this_process_where_one_says_so() -> None:
    asked.clear()
    one = uuid4()
    with in_this_process():
        assert enqueue(note, subject_id=one, word="a")
        assert enqueue(note, subject_id=None, word="b")
        assert asked == []
        assert run_waiting() == 2
    assert asked == [(one, "a"), (None, "b")]


def test_a_worker_does_a_job_of_the_queue_with_its_ids_as_ids(queued: Cast) -> None:
    one = uuid4()
    assert enqueue(note, subject_id=one, word="b")
    assert queue("documents").count == 1
    work(burst=True, forks=False)
    assert asked == [(one, "b")]
    assert queue("documents").count == 0


def test_a_job_that_waits_already_is_not_asked_for_again(queued: Cast) -> None:
    assert all(enqueue(note, subject_id=None, word=word) for word in ("a", "a", "b", "a"))
    assert queue("documents").count == 2
    work(burst=True, forks=False)
    assert enqueue(note, subject_id=None, word="a")
    work(burst=True, forks=False)
    assert asked == [(None, "a"), (None, "b"), (None, "a")]


def test_a_worker_delivers_news_that_was_announced(queued: Cast) -> None:
    one = uuid4()
    with queued.acme.at_work("administrator"):
        announce(LampLit(subject_id=one, organisation_id=queued.acme.id))
    work(burst=True, forks=False)
    assert (one, "lamp") in asked
    with queued.platform() as present:
        assert present.scalars(select(PendingNews).where(PendingNews.subject_id == one)).all() == []


def test_a_worker_that_forks_has_a_database_of_its_own(queued: Cast) -> None:
    one = uuid4()
    with queued.acme.at_work("administrator"):
        announce(LampLit(subject_id=one, organisation_id=queued.acme.id))
    work(burst=True)
    with queued.platform() as present:
        assert present.scalars(select(PendingNews).where(PendingNews.subject_id == one)).all() == []
        assert all(queue(name).count == 0 for name in QUEUES)


def test_enqueue_without_a_queue_says_so_and_the_work_is_kept(
    queued: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_settings(), "redis_url", "unix:///nowhere/redis.sock")
    one = uuid4()
    assert not enqueue(note, subject_id=one, word="c")
    with queued.acme.at_work("administrator"):
        announce(LampLit(subject_id=one, organisation_id=queued.acme.id))
    with queued.platform() as present:
        assert len(present.scalars(select(PendingNews).where(PendingNews.subject_id == one)).all()) == 1
