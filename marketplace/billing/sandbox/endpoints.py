"""What is one endpoint, and how do the plain ones (retrieve, list) answer?"""

from dataclasses import dataclass, field

from marketplace.billing.sandbox.calls import Call, Handler
from marketplace.billing.sandbox.errors import Json
from marketplace.billing.sandbox.parameters import LIST, MOMENTS, PAGE_SIZE, TEXT, Fields
from marketplace.billing.sandbox.presenting import page

PAGE_FIELDS: Fields = {
    "limit": PAGE_SIZE,
    "starting_after": TEXT,
    "ending_before": TEXT,
}
DATED: Fields = {**PAGE_FIELDS, "created": MOMENTS}
EXPAND: Fields = {"expand": LIST}


@dataclass(frozen=True)
class Endpoint:
    """One address and method of the API: who answers, and which parameters it takes (`expand` always)."""

    method: str
    url: str
    handle: Handler
    fields: Fields = field(default_factory=dict)


def retrieving(kind: str, url: str) -> Endpoint:
    """GET of one object by the id in its address."""

    def retrieve(call: Call, identity: str) -> Json:
        return call.found(kind, identity, may_be_deleted=True)

    return Endpoint("GET", f"{url}/<identity>", retrieve)


def listing(kind: str, url: str, *, fields: Fields = DATED, **filters: str) -> Endpoint:
    """GET of a page; each filter is a parameter and the member of the object that it is compared with."""

    def list_them(call: Call) -> Json:
        return page(call, kind, url, {member: call.params.get(name) for name, member in filters.items()})

    return Endpoint("GET", url, list_them, {**fields, **dict.fromkeys(filters, TEXT)})
