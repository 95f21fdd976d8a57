"""What is sold on a large market? Invented articles whose words are as unevenly common as in real catalogues.

An article is the same for the same number on every machine. Three suppliers sell each under one GTIN.
"""

import csv
import io
import random
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

KINDS = (
    ("vis à tête hexagonale", "44531100"),
    ("écrou frein", "44531600"),
    ("rondelle plate", "44532200"),
    ("boulon d'ancrage", "44531400"),
    ("gants de manutention", "18141000"),
    ("casque de chantier", "18444110"),
    ("lunettes de protection", "33735100"),
    ("perceuse à colonne", "42630000"),
    ("foret étagé", "44512900"),
    ("clé à choc", "44512000"),
    ("papier blanc A4", "30197643"),
    ("classeur à levier", "30197210"),
    ("cartouche d'encre", "30192113"),
    ("écran plat", "30231310"),
    ("câble réseau", "32421000"),
    ("disjoncteur modulaire", "31211310"),
    ("ampoule LED", "31531000"),
    ("compresse stérile", "33141110"),
    ("seringue à usage unique", "33141310"),
    ("savon doux", "33711900"),
    ("chaise de réunion", "39113000"),
    ("armoire métallique", "39122100"),
    ("nappe en coton", "39513100"),
    ("pompe immergée", "42122000"),
)
MATERIALS = ("inox", "acier zingué", "laiton", "nylon", "aluminium", "bronze", "composite", "titane")
USES = ("standard", "renforcé", "professionnel", "atelier", "extérieur", "haute température", "alimentaire")
MAKERS = (
    "Fargeot",
    "Marchetti",
    "Duvallon",
    "Lormont",
    "Securix",
    "Aubrac",
    "Vernet",
    "Jouvet",
    "Solène",
    "Kerdrel",
)
TITLES = ("sku", "name", "price", "description", "cpv", "gtin", "brand", "mpn", "stock", "lead time")
SELLERS_OF_ONE = 3
WORDS_TYPED = (
    "vis inox m8",
    "gants renforcé",
    "câble réseau 25",
    "disjoncteur 16",
    "papier blanc",
    "foret titane 6",
)


def catalogue(supplier: int, suppliers: int, products: int) -> bytes:
    """The CSV file of one of so many suppliers, of a market with so many products."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(TITLES)
    writer.writerows(_rows(range(supplier, products, suppliers), max(products // SELLERS_OF_ONE, 1)))
    return file.getvalue().encode()


def _rows(numbers: range, articles: int) -> Iterator[tuple[object, ...]]:
    for number in numbers:
        article = number % articles
        chance = random.Random(article)  # noqa: S311 a reproducible catalogue, no secret
        kind, cpv = _common_first(chance, KINDS)
        material, use, maker = (_common_first(chance, words) for words in (MATERIALS, USES, MAKERS))
        size = f"M{chance.randint(2, 24)} x {chance.randint(5, 200)} mm"
        own = random.Random(number)  # noqa: S311
        price = round(chance.lognormvariate(2.5, 1.2) * own.uniform(0.9, 1.1) + 0.05, 2)
        yield (
            f"{number:07d}", f"{kind.capitalize()} {material} {use} {size}", price,
            f"{kind.capitalize()} en {material}, usage {use}, de la gamme {maker}; conditionnement à l'unité.",
            cpv, gtin(article), maker, f"{maker[:3].upper()}-{article:06d}", 1_000_000, chance.randint(1, 15),
        )  # fmt: skip


def _common_first(chance: random.Random, words: tuple[T, ...]) -> T:
    """One of `words`, the first ones far more often (Zipf)."""
    return chance.choices(words, [1 / place for place in range(1, len(words) + 1)])[0]


def gtin(article: int) -> str:
    """The GTIN-13 of that article (GS1 General Specifications 7.9); the prefix 952 is GS1's own for examples."""
    digits = f"952{article:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
