"""What can a supplier do with its catalogue?"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.events.sellers import ProductsChanged
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Conflict, Invalid, NotFound
from marketplace.foundation.files import store_file, stored_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.quantity import unit
from marketplace.foundation.tasks import start_task
from marketplace.foundation.tenancy import automatic, current_actor
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.catalogue.categories import categories_in
from marketplace.sellers.catalogue.columns import Reading, guessed_columns
from marketplace.sellers.catalogue.identifiers import checked_cpv_code, checked_gtin
from marketplace.sellers.catalogue.importing import (
    BATCH,
    IMPORT,
    INTO_A_VERSION,
    brought_by,
    work_through,
)
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, CpvCode, PriceTier, Product
from marketplace.sellers.catalogue.pictures import MEDIA_TYPE, redrawn
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.queries import unlisted_categories
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from marketplace.sellers.customers.queries import customer_group

explain(
    "uq_products_organisation_id_sku", _l("Another product already has this article number."), field="sku"
)
explain(
    "ck_products_minimum_quantity_in_steps",
    _l("The minimum quantity must be a multiple of the step."),
    field="minimum_quantity",
)
explain("ck_products_lead_time_days_in_range", _l("From 0 to 365 days, please."), field="lead_time_days")
explain("ck_products_term", _l("The last day cannot be before the first."), field="ends_on")
explain("uq_price_tiers_product_id_from_quantity", _l("Two prices begin at the same quantity."))


class ImportStarted(Conflict):
    """The file is already being brought in; how it is read can no longer be changed."""


def create_product(
    *, sku: str, name: str, cpv_code: str, unit_code: str, price: Money, **others: Any
) -> Product:
    """Write a new product of the actor's organisation, as a draft. Raises Invalid, or IntegrityError (SKU).

    `others` are further attributes of Product: description, gtin, maker, maker_part_number, pack_size,
    content_unit_code, minimum_quantity, step_quantity, lead_time_days, is_stocked, starts_on, ends_on, visible_to_id.
    """
    values = checked(
        {"sku": sku, "name": name, "cpv_code": cpv_code, "unit_code": unit_code, "price": price, **others}
    )
    row = save(Product(organisation_id=current_actor().organisation, **values))
    announce_changes([row.id])
    return row


def change_product(*, product_id: UUID, **values: Any) -> Product:
    """Write new values into a product of one's own. Raises NotFound, Invalid."""
    row = own_product(product_id)
    price = values.get("price", row.price)
    if price.currency != row.price.currency:
        raise Invalid(
            _l("The currency of a product stays; a new product may have another one."), field="price"
        )
    for name, value in checked(values).items():
        setattr(row, name, value)
    session().flush()
    announce_changes([row.id])
    return row


def show_to(
    *,
    product_id: UUID,
    buyer_id: UUID | None = None,
    group_id: UUID | None = None,
    needs_agreement: bool = False,
) -> Product:
    """Let every member see the product, or only one buyer, one group of customers, or those with an agreement.

    Raises NotFound, Invalid for no buyer, or IntegrityError (more than one of them).
    """
    if buyer_id is not None and not organisation(buyer_id).is_buyer:
        raise Invalid(_l("This organisation does not buy on this market."), field="audience")
    if group_id is not None:
        customer_group(group_id)
    audience = {"visible_to_id": buyer_id, "group_id": group_id, "needs_agreement": needs_agreement}
    row = change_product(product_id=product_id, **audience)
    if row.image_file_id is not None:
        _file_picture(row, stored_file(row.image_file_id).content)
    return row


def change_picture(*, product_id: UUID, picture: bytes) -> Product:
    """Show this picture (JPEG, PNG, WebP or GIF) with the product; the one it has changes nothing.

    Raises NotFound, NoPicture.
    """
    row, drawn = own_product(product_id), redrawn(picture)
    if row.image_file_id is None or stored_file(row.image_file_id).content != drawn:
        _file_picture(row, drawn)
    return row


def remove_picture(*, product_id: UUID) -> Product:
    """Show no picture any more. Raises NotFound."""
    row = own_product(product_id)
    row.image_file_id = None
    return row


def publish_product(*, product_id: UUID) -> Product:
    """Let buyers find it. Raises NotFound, WrongState."""
    return move_products(product_ids=[product_id], target=ProductState.PUBLISHED)[0]


def withdraw_product(*, product_id: UUID) -> Product:
    """Let nobody order it any more. Raises NotFound, WrongState."""
    return move_products(product_ids=[product_id], target=ProductState.WITHDRAWN)[0]


def move_products(*, product_ids: Sequence[UUID], target: ProductState) -> list[Product]:
    """Publish or withdraw several products of one's own: all or none. Raises NotFound, WrongState.

    What the operator looks at first is held rather than published: the rows that come back say so.
    """
    chosen = select(Product).where(Product.id.in_(product_ids)).order_by(Product.id).with_for_update()
    rows = list(session().scalars(chosen, execution_options={"populate_existing": True}))
    if len(rows) < len(set(product_ids)):
        raise NotFound(_l("There is nothing here that you may see."))
    for row in rows:
        PRODUCT.move(row, target)
    session().flush()
    announce_changes([row.id for row in rows])
    return list(session().scalars(chosen, execution_options={"populate_existing": True}))


def set_tiers(*, product_id: UUID, tiers: Mapping[Decimal, Decimal]) -> list[PriceTier]:
    """Replace the price tiers: amount per unit, by the quantity it holds from. Raises NotFound, Invalid."""
    row = own_product(product_id)
    checked_tiers(tiers)
    session().execute(delete(PriceTier).where(PriceTier.product_id == row.id))
    new = [
        PriceTier(
            product_id=row.id,
            organisation_id=row.organisation_id,
            from_quantity=quantity,
            price=Money(amount, row.price.currency),
        )
        for quantity, amount in sorted(tiers.items())
    ]
    session().add_all(new)
    session().flush()
    announce_changes([row.id])
    return new


def prepare_import(*, file_name: str, content: bytes, version_id: UUID | None = None) -> CatalogueImport:
    """Keep a file that is to be brought in, or into a version; nothing of it lands yet. Raises UnreadableFile."""
    titles = list(read_sheet(content).titles)
    owner_id = current_actor().organisation
    kept = store_file(content, name=file_name, media_type="application/octet-stream", owner_id=owner_id)
    return save(
        CatalogueImport(
            organisation_id=owner_id,
            file_id=kept.id,
            file_name=file_name,
            titles=titles,
            version_id=version_id,
        )
    )


def start_import(*, import_id: UUID, reading: Reading) -> CatalogueImport:
    """Let a worker bring the file in, read so. Raises NotFound, ImportStarted."""
    row = fetch(CatalogueImport, import_id, lock=True)
    if row.reading:
        raise ImportStarted(_l("This file is already being brought in."))
    row.reading = _remembered(reading)
    row.task_id = start_task(INTO_A_VERSION if row.version_id else IMPORT, import_id=row.id).id
    return row


def import_catalogue(
    content: bytes,
    *,
    file_name: str,
    supplier_id: UUID,
    number_style: str,
    cpv_code: str | None,
    columns: Mapping[str, int] | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> CatalogueImport:
    """Bring a file in here and now, as the supplier, and publish what is new; returns the counts.

    `number_style` is a key of cells.NUMBER_STYLES; `columns` are indices by name of columns.COLUMNS, guessed from the
    titles where left out; `cpv_code` holds for rows that have none, which are refused where it is None; `report` hears
    how many rows of how many are done. Opens units of work of its own. Raises UnreadableFile, or Invalid where a
    required column is not found.
    """
    supplier = automatic(supplier_id)
    titles = read_sheet(content).titles
    with unit_of_work(supplier):
        found = dict(columns) if columns is not None else guessed_columns(titles, known_columns().values())
        row = prepare_import(file_name=file_name, content=content)
        currency = organisation(supplier_id).currency
        category = None if cpv_code is None else checked_category(cpv_code)
        row.reading = _remembered(Reading(found, number_style, currency, category))
    work_through(row.id, supplier_id, report)
    with unit_of_work(supplier, read_only=True):
        return fetch(CatalogueImport, row.id)


def load_categories(content: bytes) -> tuple[int, int]:
    """Write the categories of a full list of the CPV over those that are known, as the platform.

    Returns how many of them were known, and how many there are. Raises Invalid for a file without the columns CODE,
    EN and FR.
    """
    before = set(session().scalars(select(CpvCode.code)))
    rows = [{"id": new_id(), **category._asdict()} for category in categories_in(content, before)]
    new = insert(CpvCode)
    labels = {name: new.excluded[name] for name in ("label_en", "label_fr", "parent_code")}
    session().execute(new.on_conflict_do_update(index_elements=["code"], set_=labels), rows)
    return sum(row["code"] in before for row in rows), len(rows)


def own_product(product_id: UUID) -> Product:
    """A product of the actor's organisation, locked; NotFound also for one that only may be read."""
    return fetch(Product, product_id, lock=True)


def announce_changes(product_ids: Collection[UUID], *, supplier_id: UUID | None = None) -> None:
    """Tell those who derive something from products that these were written, a thousand at a time.

    They are the actor's own, where no supplier is named.
    """
    organisation_id, ids = supplier_id or current_actor().organisation, list(product_ids)
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        announce(
            ProductsChanged(subject_id=organisation_id, organisation_id=organisation_id, product_ids=some)
        )


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid for a wrong GTIN, an unknown unit, a price of nothing."""
    if values.get("gtin") is not None:
        values["gtin"] = checked_gtin(values["gtin"])
    if "cpv_code" in values:
        values["cpv_code"] = checked_category(values["cpv_code"])
    for name in {"unit_code", "content_unit_code"} & values.keys():
        unit(values[name])
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        raise Invalid(_l("The last day cannot be before the first."), field="ends_on")
    if "price" in values:
        _check_price(values["price"])
    return values


def checked_tiers(tiers: Mapping[Decimal, Decimal]) -> None:
    """Raises Invalid for a quantity or a price of nothing."""
    if any(quantity <= 0 or amount <= 0 for quantity, amount in tiers.items()):
        raise Invalid(_l("Quantities and prices must be more than zero."))


def checked_category(typed: str) -> str:
    """The eight digits of a category that is listed, as far as categories are known here. Raises Invalid."""
    code = checked_cpv_code(typed)
    if unlisted_categories([code]):
        raise Invalid(_l("The CPV has no category %(code)s.", code=code), field="cpv_code")
    return code


def _check_price(price: Money) -> None:
    if price.amount <= 0:
        raise Invalid(_l("The price must be more than zero."), field="price")
    if price.amount != round(price.amount, 4):
        raise Invalid(_l("A price may have at most four decimals."), field="price")


def _file_picture(row: Product, picture: bytes) -> None:
    """For everybody, where the product is; else for its supplier, who shows it with the product."""
    row.image_file_id = store_file(
        picture,
        name=f"{row.sku}.webp",
        media_type=MEDIA_TYPE,
        owner_id=row.organisation_id,
        is_public=row.circle_id is None,
    ).id
    session().flush()


def _remembered(reading: Reading) -> dict[str, Any]:
    if reading.missing:
        names = ", ".join(str(column.label) for column in reading.missing)
        raise Invalid(_l("There is no column for: %(names)s", names=names))
    if not brought_by(reading):
        raise Invalid(_l("Besides article numbers, a file has to bring something."))
    return asdict(reading)
