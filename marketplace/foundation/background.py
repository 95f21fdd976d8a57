"""What is done later, and by whom?

A job is a function with keyword arguments that are ids or short texts; it fetches by id and delegates. The queue only
wakes workers: what must not be lost stands in PostgreSQL (the outbox, `tasks`), and a sweep enqueues it again.
"""

import inspect
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.serializers import JSONSerializer

from marketplace.foundation.settings import current_settings

log = structlog.get_logger()
QUEUES: Final = ("news", "default", "documents", "imports")
JOBS: dict[str, "Job"] = {}
A_DAY: Final = 86400
"""Seconds."""
_waiting: ContextVar[deque[tuple[str, dict[str, Any]]] | None] = ContextVar(
    "jobs_of_this_process", default=None
)


@dataclass(frozen=True)
class Job:
    """A function that workers can be asked to run, and the queue it waits in.

    When it begins it looks how things stand: while it waits, nobody need ask for the same a second time.
    """

    name: str
    function: Callable[..., None]
    queue: str

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)


def job(*, queue: str = "default") -> Callable[[Callable[..., None]], Job]:
    """Make the decorated function a job of that queue, as `Job` says."""

    def register(function: Callable[..., None]) -> Job:
        name = f"{function.__module__.removeprefix('marketplace.')}.{function.__name__}"
        return JOBS.setdefault(name, Job(name, function, queue))

    return register


def enqueue(job: Job, **arguments: object) -> bool:
    """Ask a worker to run `job`; False (and a line in the log) where the queue cannot be reached."""
    sendable = {name: str(value) if isinstance(value, UUID) else value for name, value in arguments.items()}
    here = _waiting.get()
    if here is not None:
        here.append((job.name, sendable))
        return True
    try:
        _ask_a_worker(job, sendable)
    except RedisError as error:
        log.warning("queue unreachable", job=job.name, error=str(error))
        return False
    return True


def run(name: str, arguments: dict[str, Any]) -> None:
    """What a worker does: the named job, with its ids as UUIDs again."""
    wanted = inspect.signature(JOBS[name].function, eval_str=True).parameters
    JOBS[name](**{key: _as_annotated(value, wanted[key].annotation) for key, value in arguments.items()})


@contextmanager
def in_this_process() -> Iterator[None]:
    """Jobs enqueued inside wait in this process, not in Redis, until `run_waiting`: for the demo and for tests."""
    token = _waiting.set(deque())
    try:
        yield
    finally:
        _waiting.reset(token)


def run_waiting(*, but: frozenset[str] = frozenset()) -> int:
    """Run the jobs that wait in this process, and those that they cause; returns how many.

    Jobs of the queues in `but` go on waiting.
    """
    waiting = _waiting.get()
    if waiting is None:
        return 0
    count, left = 0, [entry for entry in waiting if JOBS[entry[0]].queue in but]
    due = deque(entry for entry in waiting if JOBS[entry[0]].queue not in but)
    waiting.clear()
    waiting.extend(left)
    while due:
        run(*due.popleft())
        count += 1
    return count


def still_waiting() -> list[tuple[Job, dict[str, Any]]]:
    """The jobs that wait in this process, to be handed to the workers."""
    return [(JOBS[name], arguments) for name, arguments in _waiting.get() or ()]


def queue(name: str) -> Queue:
    """The queue of that name."""
    return Queue(name, connection=redis(), serializer=JSONSerializer)


def work(queues: tuple[str, ...] = QUEUES, *, burst: bool = False, forks: bool = True) -> None:
    """Be a worker of `queues`, in this order, until told to stop (`burst`: until they are empty)."""
    kind = Worker if forks else SimpleWorker
    kind(list(queues), connection=redis(), serializer=JSONSerializer).work(
        burst=burst, logging_level="WARNING"
    )


def redis() -> "Redis":
    """The connection to Redis of this process."""
    return _redis_at(current_settings().redis_url)


@lru_cache
def _redis_at(url: str) -> "Redis":
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=None, protocol=2)


def _ask_a_worker(job: Job, arguments: dict[str, Any]) -> None:
    mark = f"waits: {job.name} {arguments}"
    if _is_waiting(job, mark):
        return
    asked = queue(job.queue).enqueue(
        "marketplace.foundation.background.run",
        args=(job.name, arguments),
        result_ttl=0,
        failure_ttl=A_DAY,
        job_timeout=3600,
    )
    redis().set(mark, asked.id, ex=A_DAY)


def _is_waiting(job: Job, mark: str) -> bool:
    """Whether what the mark stands for is in the queue still, so that no worker has begun it."""
    asked: Any = redis().get(mark)
    return asked is not None and queue(job.queue).get_job_position(asked.decode()) is not None


def _as_annotated(value: Any, annotation: Any) -> Any:
    return UUID(value) if annotation in (UUID, UUID | None) and value is not None else value
