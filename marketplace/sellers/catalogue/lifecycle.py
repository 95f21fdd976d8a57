"""Which states does a product go through?"""

from enum import StrEnum

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class ProductState(StrEnum):
    """Whether buyers find a product."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


S, WRITE = ProductState, Permission.CATALOGUE_WRITE

PRODUCT: Lifecycle[ProductState] = Lifecycle(
    "product",
    {
        S.DRAFT: State(_l("Draft"), Tone.NEUTRAL, _l("Only the supplier sees it.")),
        S.PUBLISHED: State(_l("Published"), Tone.GOOD, _l("Buyers find it and may order it.")),
        S.WITHDRAWN: State(_l("Withdrawn"), Tone.WARNING, _l("It can no longer be ordered.")),
    },
    Move(S.DRAFT, S.PUBLISHED, by=WRITE, side="organisation_id"),
    Move(S.PUBLISHED, S.WITHDRAWN, by=WRITE, side="organisation_id"),
    Move(S.WITHDRAWN, S.PUBLISHED, by=WRITE, side="organisation_id"),
    # A file of many products is published as it is brought in, without writing each of them twice.
    openings=(S.PUBLISHED,),
)
