"""How does an event reach a webhook endpoint: signed, again after a failure, and as a test wants it?"""

import hmac
import http.client
import json
import logging
import random
import sqlite3
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.calls import PLATFORM, Call
from marketplace.billing.sandbox.errors import Json
from marketplace.billing.sandbox.presenting import visible
from marketplace.billing.sandbox.store import Store, Transaction
from marketplace.billing.sandbox.timetable import catch_up, is_anything_due

_LOG = logging.getLogger(__name__)

GIVE_UP_SECONDS = 3 * 24 * 60 * 60
LONGEST_RETRY_SECONDS = 60 * 60
ANSWER_SECONDS = 10
IDLE_SECONDS = 0.5
_PENDING = (
    "SELECT * FROM deliveries WHERE state = 'pending' AND held_until <= ? AND retry_at <= ? AND seq > ?"
    " ORDER BY seq LIMIT 500"
)
_ANY_TIME = 2**62


@dataclass(frozen=True)
class Parcel:
    """One delivery, ready to be sent."""

    seq: int
    url: str
    secret: str
    payload: str
    copies: int


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The header `Stripe-Signature`: HMAC-SHA256 of "timestamp.payload" under the endpoint's secret."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Courier:
    """Delivers what is pending, and does what the test clock has made due: in a thread, or when told to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._round = threading.Lock()
        self._news = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._work, name="stripe-sandbox-courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the parcel in hand and end the thread; what is pending stays in the store."""
        self._is_stopping = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Something may have become pending."""
        self._news.set()

    def _work(self) -> None:
        while not self._is_stopping:
            self._news.wait(IDLE_SECONDS)
            self._news.clear()
            try:
                self._go_round()
            except sqlite3.Error:
                # A full disk or a locked file may pass; what is pending is still in the store.
                _LOG.exception("The Stripe sandbox could not deliver")

    def _go_round(self) -> None:
        self.do_what_is_due()
        if not self._is_paused():
            self._deliver(self._parcels(after=0))

    def do_what_is_due(self) -> None:
        """Let happen what the test clock has passed."""
        with self._store.reading() as work:
            is_due = is_anything_due(work)
        if is_due:
            with self._store.writing() as work:
                catch_up(work)

    def _is_paused(self) -> bool:
        with self._store.reading() as work:
            return bool(switches.position(work, "is_delivery_paused"))

    def flush(self) -> Json:
        """Try everything pending once, now, retries included, and what these deliveries cause; then count."""
        last = tried = delivered = 0
        self.do_what_is_due()
        while parcels := self._parcels(after=last, retry_by=_ANY_TIME):
            last = max(parcel.seq for parcel in parcels)
            tried += len(parcels)
            delivered += self._deliver(parcels)
        with self._store.reading() as work:
            pending = work.rows("SELECT count(*) AS n FROM deliveries WHERE state = 'pending'")[0]["n"]
        return {"tried": tried, "delivered": delivered, "pending": pending}

    def _parcels(self, *, after: int, retry_by: int | None = None) -> list[Parcel]:
        with self._store.reading() as work:
            rows = work.rows(_PENDING, work.now, work.now if retry_by is None else retry_by, after)
            order = switches.position(work, "delivery_order")
            parcels = [parcel for row in rows if (parcel := _parcel(work, row))]
        if order == "reversed":
            parcels.reverse()
        elif order == "shuffled":
            random.shuffle(parcels)
        return parcels

    def _deliver(self, parcels: list[Parcel]) -> int:
        delivered = 0
        for parcel in parcels:
            if self._is_stopping:
                break
            with self._round:
                delivered += self._deliver_one(parcel)
        return delivered

    def _deliver_one(self, parcel: Parcel) -> bool:
        """One at a time: the thread and a flush may both have picked the parcel up."""
        with self._store.reading() as work:
            if not work.rows("SELECT 1 FROM deliveries WHERE seq = ? AND state = 'pending'", parcel.seq):
                return False
        answers = [_post(parcel) for _ in range(parcel.copies)]
        is_delivered = answers[0].startswith("2")
        with self._store.writing() as work:
            _note(work, parcel.seq, answers[0], is_delivered=is_delivered)
        return is_delivered


def _parcel(work: Transaction, row: sqlite3.Row) -> Parcel | None:
    endpoint, event = work.by_id(row["endpoint"]), work.by_id(row["event"])
    if endpoint is None or event is None:
        return None
    shown = visible(Call(work=work, account=PLATFORM, now=work.now, params={}), event)
    payload = json.dumps(shown, indent=2, ensure_ascii=False)
    return Parcel(row["seq"], endpoint["url"], endpoint["_secret"], payload, row["copies"])


def _post(parcel: Parcel) -> str:
    """Send it; the answer's status, or what went wrong. Signed at real time, which receivers check."""
    parts = urlsplit(parcel.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(parcel.payload, parcel.secret, int(time.time())),
        "User-Agent": "Stripe-Sandbox/1.0 (no real money)",
    }
    path = parts.path or "/"
    try:
        connection.request(
            "POST", f"{path}?{parts.query}" if parts.query else path, parcel.payload.encode(), headers
        )
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as failure:
        return type(failure).__name__
    finally:
        connection.close()


def _note(work: Transaction, seq: int, answer: str, *, is_delivered: bool) -> None:
    """Delivered, to be tried again (after 1, 2, 4 … seconds, at most an hour), or after 3 days given up."""
    rows = work.rows("SELECT attempts, created FROM deliveries WHERE seq = ?", seq)
    if not rows:
        return
    attempts = rows[0]["attempts"] + 1
    is_given_up = work.now - rows[0]["created"] > GIVE_UP_SECONDS
    state = "delivered" if is_delivered else "failed" if is_given_up else "pending"
    work.run(
        "UPDATE deliveries SET state = ?, attempts = ?, answer = ?, retry_at = ? WHERE seq = ?",
        state,
        attempts,
        answer,
        work.now + min(2 ** min(attempts - 1, 20), LONGEST_RETRY_SECONDS),
        seq,
    )
