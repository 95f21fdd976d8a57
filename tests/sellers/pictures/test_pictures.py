"""Do the pictures of an archive find their products, whatever else lies in it?"""

import io
import zipfile

import pytest
from flask.testing import FlaskClient

from marketplace.foundation.tasks import Progress, Task
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.pictures import archives
from marketplace.sellers.pictures.actions import start_pictures
from marketplace.sellers.pictures.jobs import show_pictures
from tests.cast import Cast, Party
from tests.factories.catalogue import a_product
from tests.factories.pictures import an_archive
from tests.factories.receipts import a_picture

GTIN = "4006381333931"


def brought_in(market: Cast, party: Party, content: bytes) -> Task:
    with party.at_work("sales_desk"):
        task_id = start_pictures(file_name="pictures.zip", content=content).id
    market.run_jobs()
    with party.reading("sales_desk") as work:
        return work.get_one(Task, task_id)


def is_pictured(party: Party, product_id: object) -> bool:
    with party.reading("sales_desk") as work:
        return work.get_one(Product, product_id).image_file_id is not None


def test_pictures_find_their_products_by_article_number_and_gtin(market: Cast) -> None:
    named, coded = a_product(market.bolt, sku="A-1"), a_product(market.bolt, sku="A-2", gtin=GTIN)
    others = a_product(market.crown, sku="A-3")
    content = an_archive(
        **{
            "all/A-1.png": a_picture(),
            f"{GTIN}.jpg": a_picture(format="JPEG"),
            "A-3.png": a_picture(),
            "A-2.svg": b"<svg/>",
            "__MACOSX/A-1.png": b"",
            ".hidden": b"",
        }
    )
    task = brought_in(market, market.bolt, content)
    assert (task.state, task.done, task.total) == ("done", 4, 4)
    assert [task.result[word] for word in ("shown", "unchanged", "refused")] == [2, 0, 2]
    assert task.result["told"] == [["A-3.png", "unknown"], ["A-2.svg", "no_picture"]]
    assert is_pictured(market.bolt, named)
    assert is_pictured(market.bolt, coded)
    assert not is_pictured(market.crown, others)


def test_the_same_archive_again_changes_nothing(market: Cast) -> None:
    product_id, content = a_product(market.bolt, sku="A-1"), an_archive(**{"A-1.png": a_picture()})
    brought_in(market, market.bolt, content)
    with market.bolt.reading("sales_desk") as work:
        before = work.get_one(Product, product_id).image_file_id
    task = brought_in(market, market.bolt, content)
    assert (task.result["shown"], task.result["unchanged"]) == (0, 1)
    with market.bolt.reading("sales_desk") as work:
        assert work.get_one(Product, product_id).image_file_id == before


def test_an_article_number_goes_before_a_gtin_and_a_doubtful_gtin_names_nobody(market: Cast) -> None:
    numbered, coded = a_product(market.bolt, sku=GTIN), a_product(market.bolt, sku="A-2", gtin=GTIN)
    brought_in(market, market.bolt, an_archive(**{f"{GTIN}.png": a_picture()}))
    assert (is_pictured(market.bolt, numbered), is_pictured(market.bolt, coded)) == (True, False)
    for sku in ("B-1", "B-2"):
        a_product(market.crown, sku=sku, gtin=GTIN)
    task = brought_in(market, market.crown, an_archive(**{f"{GTIN}.png": a_picture()}))
    assert task.result["told"] == [[f"{GTIN}.png", "unknown"]]


def test_after_a_crash_it_goes_on_where_it_was(market: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [a_product(market.bolt, sku=f"A-{number}") for number in range(3)]
    content = an_archive(**{f"A-{number}.png": a_picture(30 + number) for number in range(3)})
    read = archives.Archive.read

    def dies(archive: archives.Archive, entry: zipfile.ZipInfo) -> bytes:
        if entry.filename == "A-1.png":
            raise SystemExit
        return read(archive, entry)

    with market.bolt.at_work("sales_desk"):
        task_id = start_pictures(file_name="pictures.zip", content=content).id
    with monkeypatch.context() as patched:
        patched.setattr(archives.Archive, "read", dies)
        with pytest.raises(SystemExit):
            market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        halfway = work.get_one(Task, task_id)
        assert (halfway.done, halfway.result["shown"]) == (1, 1)
    show_pictures(Progress(halfway.id, halfway.organisation_id, halfway.arguments, halfway.done))
    with market.bolt.reading("sales_desk") as work:
        assert work.get_one(Task, task_id).result["shown"] == 3
    assert all(is_pictured(market.bolt, product_id) for product_id in ids)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a", "not a ZIP archive"),
        (an_archive(), "no picture in this archive"),
        (an_archive(**{f"{number}.png": b"" for number in range(3)}), "At most 2 pictures"),
    ],
)
def test_what_is_no_archive_of_pictures_is_refused_at_its_field(
    browser: FlaskClient, market: Cast, monkeypatch: pytest.MonkeyPatch, content: bytes, words: str
) -> None:
    monkeypatch.setattr(archives, "MOST_PICTURES", 2)
    market.sign_in(browser, market.bolt, "sales_desk")
    answer = browser.post("/catalogue/pictures/", data={"file": (io.BytesIO(content), "x.zip")})
    assert answer.status_code == 422
    assert words in answer.text


def test_a_picture_that_unpacks_without_end_is_read_no_further_than_pictures_go(market: Cast) -> None:
    a_product(market.bolt, sku="A-1")
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A-1.png", bytes(64 * 1024**2))
    task = brought_in(market, market.bolt, kept.getvalue())
    assert task.result["told"] == [["A-1.png", "no_picture"]]


def test_the_pages_say_what_became_of_them_and_are_the_suppliers_own(
    browser: FlaskClient, market: Cast
) -> None:
    market.sign_in(browser, market.bolt, "sales_desk")
    content = an_archive(**{"A-9.png": a_picture()})
    address = browser.post("/catalogue/pictures/", data={"file": (io.BytesIO(content), "x.zip")}).location
    assert "Waiting for its turn" in browser.get(address).text
    market.run_jobs()
    assert browser.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    shown = browser.get(address).text
    assert "A-9.png" in shown
    assert "No product of yours has this article number" in shown
    assert "x.zip" in browser.get("/catalogue/pictures/").text
    market.sign_in(browser, market.crown, "sales_desk")
    assert browser.get(address).status_code == 404
    assert browser.post(f"{address}/cancel").status_code == 404
    market.sign_in(browser, market.bolt, "warehouse")
    assert browser.get("/catalogue/pictures/").status_code == 403
