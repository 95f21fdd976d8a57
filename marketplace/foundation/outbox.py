"""How does news travel from one room to another?

`announce` writes the news in the same transaction as the change it tells of. After the commit a job brings it to each
reaction, each in a unit of work of its own, at least once, made once by (news, reaction); a sweep finds what a crash
left behind. The same rows are the audit trail and every page's timeline, so they are never changed: what is still to be
delivered stands in `pending_news`, which a trigger fills.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

import structlog
from flask_babel import LazyString
from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.db import Base, new_id, session
from marketplace.foundation.tenancy import Actor, Kind, automatic, current_actor, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work

log = structlog.get_logger()
MAXIMUM_ATTEMPTS = 12
BAG = 50
"""Pieces of news that the courier takes along at once."""
EVENTS: dict[str, type["Event"]] = {}
REACTIONS: dict[str, list["Reaction"]] = {}
LISTENERS: list["Reaction"] = []


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that has happened to the document `subject_id`; the subclass's name, in the past tense, says what."""

    subject: ClassVar[str] = ""
    headline: ClassVar[LazyString | str] = ""
    tone: ClassVar[str] = "neutral"
    subject_id: UUID

    def __init_subclass__(cls) -> None:
        EVENTS[cls.__name__] = cls

    @property
    def parties(self) -> tuple[UUID, ...]:
        """The organisations that this news belongs to: one to three."""
        raise LookupError(f"{type(self).__name__} names no party")


@dataclass(frozen=True, kw_only=True)
class OrganisationEvent(Event):
    """News of one organisation."""

    organisation_id: UUID

    @property
    def parties(self) -> tuple[UUID, ...]:
        """That organisation."""
        return (self.organisation_id,)


@dataclass(frozen=True, kw_only=True)
class TradeEvent(Event):
    """News between a buyer and a seller."""

    buyer_id: UUID
    seller_id: UUID

    @property
    def parties(self) -> tuple[UUID, ...]:
        """Both of them."""
        return (self.buyer_id, self.seller_id)


class News(Base):
    """A row of the outbox: what happened, to what, by whom, and when."""

    __tablename__ = "news"
    __table_args__ = (Index("ix_news_subject", "subject_id", "position"),)
    tenancy = Kind.parties("owner_id", "counterparty_id", "mediator_id").append_only()

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    name: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    owner_id: Mapped[UUID] = mapped_column(index=True)
    counterparty_id: Mapped[UUID | None] = mapped_column(index=True)
    mediator_id: Mapped[UUID | None] = mapped_column(index=True)
    organisation_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    reason: Mapped[str]
    happened_at: Mapped[datetime]

    @property
    def event(self) -> Event:
        """The news as its own class."""
        event: Event = _adapter(self.name).validate_python(self.payload)
        return event


class PendingNews(Base):
    """News that has not yet been brought to every reaction; the trigger `news_is_pending` writes it."""

    __tablename__ = "pending_news"
    __table_args__ = (UniqueConstraint("news_id"),)
    tenancy = Kind.PLATFORM

    news_id: Mapped[UUID] = mapped_column(ForeignKey("news.id"))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(index=True)
    last_error: Mapped[str | None]


class Delivery(Base):
    """That one reaction has heard one piece of news: made once, whatever crashes."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("news_id", "reaction"),)
    tenancy = Kind.private().append_only()

    news_id: Mapped[UUID] = mapped_column(ForeignKey("news.id"))
    reaction: Mapped[str]
    organisation_id: Mapped[UUID | None]
    heard_at: Mapped[datetime]


FIRST_TO_HEAR = insert(Base.metadata.tables["deliveries"]).on_conflict_do_nothing().returning(Delivery.id)


@dataclass(frozen=True)
class Reaction:
    """What a room does when it hears one kind of news, and for which of its parties (None: the platform).

    One that `hears_rows`, of whatever kind `but` some, is given the row of the news itself; where it says `for_each`,
    it hears that once as each of these organisations.
    """

    name: str
    function: Callable[[Any], None]
    as_party: str | None = None
    hears_rows: bool = False
    but: frozenset[str] = frozenset()
    for_each: Callable[["News"], Collection[UUID]] | None = None
    organisation_id: UUID | None = None

    def actor(self, event: Event) -> Actor:
        """Who hears `event`."""
        party = getattr(event, self.as_party) if self.as_party else self.organisation_id
        return automatic(party) if party else platform(self.name)

    def addressed(self, news: "News") -> list["Reaction"]:
        """Itself, or one for each organisation that is to hear `news`."""
        if self.for_each is None:
            return [self]
        return [replace(self, name=f"{self.name} {i}", organisation_id=i) for i in self.for_each(news)]


E = TypeVar("E", bound=Event)


def reacts_to(kind: type[E], *, as_party: str | None) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the decorated function to hear `kind`, acting as the organisation in the event's field `as_party`."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        REACTIONS.setdefault(kind.__name__, []).append(Reaction(_name_of(function), function, as_party))
        return function

    return register


def reacts_to_everything(
    *, but: Collection[type[Event]] = (), for_each: Callable[[News], Collection[UUID]] | None = None
) -> Callable[[Callable[[News], None]], Callable[[News], None]]:
    """Register the decorated function to hear all news `but` some kinds, before the others do.

    Once as the platform, or as each organisation that `for_each` names.
    """

    def register(function: Callable[[News], None]) -> Callable[[News], None]:
        left_out = frozenset(kind.__name__ for kind in but)
        name = _name_of(function)
        LISTENERS.append(Reaction(name, function, hears_rows=True, but=left_out, for_each=for_each))
        return function

    return register


def announce(event: Event) -> None:
    """Write `event` into the outbox of the present transaction; after its commit the courier is woken."""
    actor, parties = current_actor(), (*event.parties, None, None)
    session().add(
        News(
            name=type(event).__name__,
            subject=event.subject,
            subject_id=event.subject_id,
            payload=_adapter(type(event).__name__).dump_python(event, mode="json"),
            owner_id=parties[0],
            counterparty_id=parties[1],
            mediator_id=parties[2],
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            person_name=actor.person_name,
            reason=actor.reason,
            happened_at=clock.now(),
        )
    )
    subject_id = event.subject_id
    after_commit(f"deliver {subject_id}", lambda: enqueue(deliver, subject_id=subject_id))


@job(queue="news")
def deliver(*, subject_id: UUID) -> None:
    """Bring the pending news of one document, in its order, to every reaction; a failure is tried again later.

    News of the same document that a reaction announces has a delivery of its own, which waits for this one.
    """
    with unit_of_work(platform("deliver news")):
        bag = _bag(subject_id)
        while _bring(bag) and len(bag) == BAG:
            bag = _bag(subject_id)


def deliver_everything() -> int:
    """Deliver all that is pending in this process, until nothing is left; returns how many pieces of news that was.

    For tests, the demo and the sweep of a process without workers. A reaction's exception is raised here.
    """
    count = 0
    while subjects := _pending_subjects():
        for subject_id in subjects:
            with unit_of_work(platform("deliver news")):
                while bag := _bag(subject_id):
                    for letter in bag:
                        _tell(letter)
                    _drop(bag)
                    count += len(bag)
    return count


def sweep() -> int:
    """Enqueue the delivery of whatever is due: after a crash, a failure, or a time without Redis."""
    with unit_of_work(platform("sweep the outbox"), read_only=True) as work:
        due = select(PendingNews.subject_id).where(
            PendingNews.next_try_at <= clock.now(), PendingNews.attempts < MAXIMUM_ATTEMPTS
        )
        subjects = list(work.scalars(due.distinct().limit(1000)))
    return sum(enqueue(deliver, subject_id=subject_id) for subject_id in subjects)


@dataclass(frozen=True)
class Entry:
    """One line of a document's story, as people read it."""

    at: datetime
    label: str
    who: str
    detail: str
    tone: str


def story(*subject_ids: UUID) -> list[Entry]:
    """What has happened to these documents, newest first, as far as this actor may know: a page's timeline."""
    known = select(News).where(News.subject_id.in_(subject_ids)).order_by(News.position.desc())
    return [_entry(news, EVENTS[news.name]) for news in session().scalars(known)]


def _entry(news: News, kind: type[Event]) -> Entry:
    detail = news.payload.get("reason") or news.payload.get("comment") or ""
    return Entry(news.happened_at, str(kind.headline), news.person_name, detail, kind.tone)


class Letter(NamedTuple):
    """One piece of pending news, with the names of the reactions that have heard it already."""

    pending: PendingNews
    news: News
    heard: list[str]


def _pending_subjects() -> list[UUID]:
    """The documents that have pending news, the one that waits longest first."""
    with unit_of_work(platform("deliver news"), read_only=True) as work:
        open_ones = select(PendingNews.subject_id).where(PendingNews.attempts < MAXIMUM_ATTEMPTS)
        oldest = func.min(PendingNews.position)
        return list(work.scalars(open_ones.group_by(PendingNews.subject_id).order_by(oldest)))


def _bag(subject_id: UUID) -> list[Letter]:
    """What the courier carries for one document: its oldest pending news, in order, which it holds meanwhile.

    So a second courier waits for the first, and finds what that one has left.
    """
    heard = select(func.array_agg(Delivery.reaction)).where(Delivery.news_id == News.id).scalar_subquery()
    open_ones = (
        select(PendingNews, News, heard)
        .join(News, News.id == PendingNews.news_id)
        .where(PendingNews.subject_id == subject_id, PendingNews.attempts < MAXIMUM_ATTEMPTS)
    )
    held = open_ones.order_by(PendingNews.position).limit(BAG).with_for_update(of=PendingNews)
    rows = session().execute(held, execution_options={"populate_existing": True})
    return [Letter(pending, news, names or []) for pending, news, names in rows]


def _bring(bag: list[Letter]) -> bool:
    """Whether the courier may go on: a failure holds back the document's later news, unless it is the last try."""
    done: list[Letter] = []
    may_go_on = True
    for letter in bag:
        problem = _problem_in_telling(letter)
        if not problem:
            done.append(letter)
        elif not _is_given_up(letter.pending, problem):
            may_go_on = False
            break
    _drop(done)
    return may_go_on


def _problem_in_telling(letter: Letter) -> str:
    """What went wrong, empty if nothing did. A reaction that fails takes the news from no other one."""
    problems = []
    for reaction in _unheard(letter):
        try:
            _hear(letter.news, reaction)
        except Exception as error:  # the courier outlives every reaction: it keeps the error and tries again
            log.exception("reaction failed", reaction=reaction.name, news=str(letter.news.id))
            problems.append(f"{reaction.name}: {error!r}")
    return "\n".join(problems)[:2000]


def _is_given_up(pending: PendingNews, problem: str) -> bool:
    pending.attempts += 1
    pending.last_error = problem
    pending.next_try_at = clock.now() + timedelta(seconds=2**pending.attempts)
    session().flush()
    return pending.attempts >= MAXIMUM_ATTEMPTS


def _tell(letter: Letter) -> None:
    for reaction in _unheard(letter):
        _hear(letter.news, reaction)


def _drop(bag: list[Letter]) -> None:
    """What everybody has heard is pending no more; were it lost, the marks of the deliveries would say the same."""
    if bag:
        heard = [letter.pending.id for letter in bag]
        session().connection().execute(delete(PendingNews).where(PendingNews.id.in_(heard)))


def _unheard(letter: Letter) -> list[Reaction]:
    news = letter.news
    listeners = [listener for listener in LISTENERS if news.name not in listener.but]
    addressed = [reaction for listener in listeners for reaction in listener.addressed(news)]
    wanted = (*addressed, *REACTIONS.get(news.name, ()))
    return [reaction for reaction in wanted if reaction.name not in letter.heard]


def _hear(news: News, reaction: Reaction) -> None:
    event = news.event
    actor = reaction.actor(event)
    with unit_of_work(actor) as work:
        mark = {
            "id": new_id(),
            "news_id": news.id,
            "reaction": reaction.name,
            "organisation_id": actor.organisation_id,
            "heard_at": clock.now(),
        }
        # Whoever comes second waits here for the first, and finds its mark.
        if work.scalar(FIRST_TO_HEAR, mark) is not None:
            reaction.function(news if reaction.hears_rows else event)


def _name_of(function: Callable[..., None]) -> str:
    return f"{function.__module__.removeprefix('marketplace.')}.{function.__name__}"


@lru_cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(EVENTS[name])
