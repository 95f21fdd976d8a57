"""Who asks? Clients of the portal on loopback, each on one connection that it keeps, in a race of several at once."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlencode

from bench.surroundings import LOOPBACK

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
Operation = Callable[[], object]
IDLE = 1.0
"""Seconds after which a connection that was kept is not trusted: the server may have closed it."""


class Unexpected(Exception):
    """An answer that is not the one that was to be measured."""


class SoldOut(Exception):
    """Nothing is left to be done: the client's round is over before its time."""


class Visitor:
    """A browser without a screen, on a connection of its own; one `like` another is signed in as that one is."""

    def __init__(self, port: int, like: "Visitor | None" = None) -> None:
        self._connection = HTTPConnection(LOOPBACK, port, timeout=30)
        self._asked_at = perf_counter()
        self._cookies: dict[str, str] = dict(like._cookies) if like else {}
        self._token: str = like._token if like else ""

    def sign_in(self, email: str, password: str) -> None:
        """As a person does, by the page; the cookies of then are sent ever after."""
        self._look("/sign-in")
        self._keep(self.post("/sign-in", email=email, password=password))
        self._look("/organisations")

    def get(self, address: str) -> str:
        """The page at `address`. Raises Unexpected for any status but 200."""
        return self._answered(self._send("GET", address), 200)[1]

    def post(self, address: str, **form: str) -> HTTPResponse:
        """Send a form. Raises Unexpected where the answer does not lead on (303)."""
        body = urlencode({"csrf_token": self._token, **form})
        return self._answered(self._send("POST", address, body), 303)[0]

    def _look(self, address: str) -> None:
        response, text = self._answered(self._send("GET", address), 200)
        self._keep(response)
        self._token = TOKEN.findall(text)[0]

    def _keep(self, response: HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie", ()):
            for name, crumb in SimpleCookie(header).items():
                self._cookies[name] = crumb.value

    def _send(self, method: str, address: str, body: str | None = None) -> HTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if perf_counter() - self._asked_at > IDLE:
            self._connection.close()
        self._connection.request(method, address, body, headers)
        self._asked_at = perf_counter()
        return self._connection.getresponse()

    def _answered(self, response: HTTPResponse, status: int) -> tuple[HTTPResponse, str]:
        text = response.read().decode()
        if response.status != status:
            raise Unexpected(f"{response.status} instead of {status}: {text[:2000]}")
        return response, text


@dataclass
class Runner:
    """One way of doing it: `start` makes the operation of one client; `prepare` is called before each round."""

    name: str
    start: Callable[[int], Operation]
    statements: int | str
    prepare: Callable[[], None] = lambda: None
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Operations a second: the median of the rounds."""
        return median(self.rates)

    def percentile(self, percent: int) -> float:
        """Within how many milliseconds so many of hundred operations were done."""
        return quantiles(self.seconds, n=100)[percent - 1] * 1000


def race(runners: Sequence[Runner], *, clients: int, rounds: int, seconds: float) -> None:
    """Let the runners take turns, each `seconds` in all; the first, short round only warms up."""
    operations = [[runner.start(client) for client in range(clients)] for runner in runners]
    for number in range(rounds + 1):
        for runner, own in zip(runners, operations, strict=True):
            runner.prepare()
            took, elapsed = _round(own, seconds / rounds if number else 0.3)
            if number:
                runner.rates.append(len(took) / elapsed)
                runner.seconds += took


def _round(operations: Sequence[Operation], seconds: float) -> tuple[list[float], float]:
    """How long each operation took, and how long all together; any exception of a client is raised here."""
    took: list[float] = []
    failures: list[Exception] = []
    started_at = perf_counter()
    threads = [
        threading.Thread(target=_run, args=(operation, started_at + seconds, took, failures))
        for operation in operations
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return took, perf_counter() - started_at


def _run(operation: Operation, until: float, took: list[float], failures: list[Exception]) -> None:
    try:
        while (began_at := perf_counter()) < until and not failures:
            operation()
            took.append(perf_counter() - began_at)
    except SoldOut:
        pass
    except Exception as error:  # a thread cannot raise; the race does
        failures.append(error)
