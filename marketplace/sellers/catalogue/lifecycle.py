"""Which states does a product go through?"""

from enum import StrEnum

from marketplace.events.sellers import ProductRefused
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class ProductState(StrEnum):
    """Whether buyers find a product."""

    DRAFT = "draft"
    PUBLISHED = "published"
    HELD = "held"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


S, WRITE, WATCH = ProductState, Permission.CATALOGUE_WRITE, Permission.MARKET_WATCH
# What its supplier wants to sell, whether or not the operator lets buyers see it.
OFFERED = (S.PUBLISHED, S.HELD, S.REFUSED)

PRODUCT: Lifecycle[ProductState] = Lifecycle(
    "product",
    {
        S.DRAFT: State(_l("Draft"), Tone.NEUTRAL, _l("Only the supplier sees it.")),
        S.PUBLISHED: State(_l("Published"), Tone.GOOD, _l("Buyers find it and may order it.")),
        S.HELD: State(
            _l("Being looked at"), Tone.WAITING, _l("Buyers find it once the operator lets it through.")
        ),
        S.REFUSED: State(
            _l("Not let through"),
            Tone.BAD,
            _l("Buyers do not find it; once it is changed it is looked at again."),
        ),
        S.WITHDRAWN: State(_l("Withdrawn"), Tone.WARNING, _l("It can no longer be ordered.")),
    },
    Move(S.DRAFT, S.PUBLISHED, by=WRITE, side="organisation_id"),
    Move(S.PUBLISHED, S.WITHDRAWN, by=WRITE, side="organisation_id"),
    Move(S.WITHDRAWN, S.PUBLISHED, by=WRITE, side="organisation_id"),
    Move(S.HELD, S.WITHDRAWN, by=WRITE, side="organisation_id"),
    Move(S.REFUSED, S.WITHDRAWN, by=WRITE, side="organisation_id"),
    # The database makes these at the end of whatever statement has written what was not let through.
    Move(S.PUBLISHED, S.HELD),
    Move(S.PUBLISHED, S.REFUSED),
    Move(S.REFUSED, S.HELD),
    Move(S.HELD, S.PUBLISHED, by=WATCH),
    Move(S.REFUSED, S.PUBLISHED, by=WATCH),
    Move(S.HELD, S.REFUSED, by=WATCH, announces=ProductRefused),
    # A file of many products is published as it is brought in, without writing each of them twice.
    openings=(S.PUBLISHED,),
)
