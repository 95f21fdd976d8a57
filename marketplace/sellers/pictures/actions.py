"""How are the pictures of many products handed in?"""

from sqlalchemy import or_, select

from marketplace.foundation.db import session
from marketplace.foundation.files import store_file
from marketplace.foundation.tasks import Task, start_task
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.actions import change_picture
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.pictures.archives import Archive
from marketplace.sellers.pictures.queries import PICTURES, SHOWN, UNCHANGED, UNKNOWN


def start_pictures(*, file_name: str, content: bytes) -> Task:
    """Keep an archive of pictures, and let a worker show each with its product. Raises Invalid for another file."""
    Archive(content)
    owner_id = current_actor().organisation
    kept = store_file(content, name=file_name, media_type="application/zip", owner_id=owner_id)
    return start_task(PICTURES, file_id=kept.id, file_name=file_name)


def show_picture(*, name: str, picture: bytes) -> str:
    """Show the picture with the product of one's own that has this article number, or this GTIN.

    Returns SHOWN, UNCHANGED where it is shown already, or UNKNOWN. Raises NoPicture.
    """
    product = _named(name)
    if product is None:
        return UNKNOWN
    before = product.image_file_id
    after = change_picture(product_id=product.id, picture=picture).image_file_id
    return UNCHANGED if after == before else SHOWN


def _named(name: str) -> Product | None:
    """An article number goes before a GTIN; a GTIN that several articles have names none."""
    ours = select(Product).where(Product.organisation_id == current_actor().organisation)
    found = session().scalars(ours.where(or_(Product.sku == name, Product.gtin == name))).all()
    alike = [product for product in found if product.sku == name] or found
    return alike[0] if len(alike) == 1 else None
