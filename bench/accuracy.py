"""How well does the search find? `python -m bench.accuracy offers` or `… categories`, or `make bench`.

On a market with one catalogue of public data, where each question is asked as a buyer asks it. Says so and measures
nothing where the data is not there.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

import click
import psycopg
from sqlalchemy import select

from bench.questions import Asked, as_it_is, clusters, labels, mistyped, plain_and_flipped, without_accents
from bench.surroundings import measured_place
from marketplace.app import create_app
from marketplace.buyers.shopping.finding import found
from marketplace.buyers.shopping.questions import Question
from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import step
from marketplace.demo.large import bring_in
from marketplace.foundation.background import in_this_process
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.actions import (
    admit_organisation,
    found_operator,
    register_organisation,
)
from marketplace.sellers.catalogue.models import Product

Row = Mapping[str, str]
Score = Callable[[Sequence[str], frozenset[str]], float]
WHY, LOOKED_AT, LONGEST_NAME = "measure how well the search finds", 10, 250


class Corpus(NamedTuple):
    """A file of public data, where an article's number and name stand in it, and what is asked."""

    file: str
    article: Callable[[Row], tuple[str, str]]
    questions: Mapping[str, Callable[[list[Row]], list[Asked]]]
    measure: str
    score: Score


def gain(shown: Sequence[str], answers: frozenset[str]) -> float:
    """NDCG of the first ten: 1 where all of them are answers, the earlier the better (Järvelin & Kekäläinen, 2002)."""
    best = sum(1 / math.log2(place + 2) for place in range(min(LOOKED_AT, len(answers))))
    return sum(1 / math.log2(place + 2) for place, one in enumerate(shown) if one in answers) / best


def reciprocal_rank(shown: Sequence[str], answers: frozenset[str]) -> float:
    """1 for an answer in the first place, a half in the second …, 0 beyond the tenth."""
    return next((1 / (place + 1) for place, one in enumerate(shown) if one in answers), 0.0)


CORPORA = {
    "offers": Corpus(
        "pricerunner_dev.csv",
        lambda row: (row["product_id"], row["title"]),
        {"as it is": clusters, "one typo": lambda rows: mistyped(clusters(rows))},
        "NDCG@10",
        gain,
    ),
    "categories": Corpus(
        "cpv2008_fr_en.csv",
        lambda row: (row["CODE"][:8], row["FR"]),
        {
            "as it is": lambda rows: labels(rows, as_it_is),
            "without accents": lambda rows: labels(rows, without_accents),
            "without accents, number flipped": lambda rows: labels(rows, plain_and_flipped),
        },
        "MRR@10",
        reciprocal_rank,
    ),
}


@click.command()
@click.argument("corpus", type=click.Choice(list(CORPORA)))
@click.option("--data", default="../shared/data", show_default=True, help="The folder with the public data.")
@click.option("--every", default=1, show_default=True, help="Ask only each so-manieth question.")
def accuracy(*, corpus: str, data: str, every: int) -> None:
    """Measure how well the search finds what is meant."""
    chosen = CORPORA[corpus]
    path = Path(data) / chosen.file
    if not path.exists():
        click.echo(
            f"Search, {corpus}: {path} is not there, so it was not measured how well the search finds."
        )
        return
    with path.open(encoding="utf-8") as file:
        rows: list[Row] = list(csv.DictReader(file))
    with ExitStack() as stack:
        stack.enter_context(measured_place())
        buyer_id = _filled(map(chosen.article, rows))
        for name, questions in chosen.questions.items():
            click.echo(_measured(buyer_id, f"Search, {corpus}, {name}", chosen, questions(rows)[::every]))


def _filled(articles: Iterable[tuple[str, str]]) -> UUID:
    """The catalogue comes in; the buyer's id."""
    with create_app().test_request_context(), in_this_process():
        with unit_of_work(platform(WHY)):
            found_operator(name="Operator")
            seller, buyer = (
                register_organisation(name=name, is_buyer=name == "Buyer", is_supplier=name == "Supplier")
                for name in ("Supplier", "Buyer")
            )
            admit_organisation(organisation_id=seller.id)
            admit_organisation(organisation_id=buyer.id)
            seller_id, buyer_id = seller.id, buyer.id
        with step("Bringing in the catalogue"):
            bring_in(_as_file(articles), seller_id)
    with psycopg.connect(plain_url(current_settings().database_url), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return buyer_id


def _as_file(articles: Iterable[tuple[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("sku", "name", "price"))
    writer.writerows((number, name[:LONGEST_NAME], "1.00") for number, name in articles)
    return file.getvalue().encode()


def _measured(buyer_id: UUID, title: str, corpus: Corpus, asked: Sequence[Asked]) -> str:
    """All questions asked once, in words: how well on average, and how fast."""
    scores, seconds = [], []
    with unit_of_work(automatic(buyer_id), read_only=True) as work:
        numbers = {row.id: row.sku for row in work.execute(select(Product.id, Product.sku))}
        for question in asked:
            started_at = perf_counter()
            ids = found(Question(question.typed), wanted=LOOKED_AT).product_ids
            seconds.append(perf_counter() - started_at)
            scores.append(corpus.score([numbers[one] for one in ids], question.answers))
    slow = sorted(seconds)[len(seconds) * 95 // 100]
    average = sum(scores) / len(scores)
    return f"{title}: {corpus.measure} {average:.4f} ({len(asked):,} questions, p95 {1000 * slow:.1f} ms)"


if __name__ == "__main__":
    accuracy()
