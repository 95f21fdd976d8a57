"""What is sold in the demo market? For each kind of goods some articles: name, unit, price, CPV code, variants."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from marketplace.demo.articles import gtin


class Article(NamedTuple):
    """An article of a kind; the variants make it a small family of products."""

    name: str
    unit: str
    price: str
    cpv: str
    variants: tuple[str, ...]
    pack: int = 1


class Good(NamedTuple):
    """One product of one supplier, ready for its catalogue."""

    sku: str
    name: str
    unit: str
    price: Decimal
    cpv: str
    pack: int
    gtin: str


GOODS: dict[str, tuple[Article, ...]] = {
    "fixings": (
        Article("Vis tête hexagonale inox A2", "C62", "0.18", "44531000", ("M6 × 20", "M8 × 30", "M10 × 40"), 100),
        Article("Écrou hexagonal inox A4", "C62", "0.09", "44531000", ("M6", "M8", "M10", "M12"), 100),
        Article("Rondelle plate zinguée", "C62", "0.03", "44531000", ("M6", "M8", "M10"), 200),
        Article("Cheville à frapper", "BX", "14.20", "44530000", ("6 × 40", "8 × 60")),
        Article("Tige filetée zinguée 1 m", "C62", "2.35", "44530000", ("M8", "M10", "M12")),
        Article("Rivet aveugle aluminium", "BX", "9.80", "44530000", ("3,2 × 8", "4 × 10", "4,8 × 12")),
    ),
    "tools": (
        Article("Perceuse-visseuse sans fil 18 V", "C62", "129.00", "43800000", ("2 Ah", "4 Ah")),
        Article("Clé dynamométrique", "C62", "86.50", "44512000", ("10-50 Nm", "40-200 Nm")),
        Article("Jeu de clés mixtes", "SET", "54.00", "44512000", ("8 pièces", "12 pièces")),
        Article("Disque à tronçonner", "BX", "22.40", "43800000", ("125 mm", "230 mm")),
        Article("Foret HSS cobalt", "C62", "3.60", "43800000", ("4 mm", "6 mm", "8 mm", "10 mm")),
        Article("Mètre ruban 5 m", "C62", "7.90", "44512000", ("standard", "magnétique")),
    ),
    "protection": (
        Article("Gants anti-coupure niveau D", "PR", "6.40", "18143000", ("taille 8", "taille 9", "taille 10")),
        Article("Casque de chantier ventilé", "C62", "14.90", "18143000", ("blanc", "jaune", "bleu")),
        Article("Lunettes de protection incolores", "C62", "4.20", "18143000", ("standard", "sur-lunettes")),
        Article("Chaussures de sécurité S3", "PR", "62.00", "18143000", ("41", "42", "43", "44")),
        Article("Bouchons d'oreille jetables", "BX", "18.50", "18143000", ("200 paires",)),
        Article("Gilet haute visibilité classe 2", "C62", "5.10", "18143000", ("M", "L", "XL")),
    ),
    "office": (
        Article("Papier A4 80 g, ramette de 500", "C62", "4.15", "30197000", ("blanc", "recyclé")),
        Article("Stylo à bille", "BX", "11.20", "30192000", ("bleu", "noir", "rouge")),
        Article("Classeur à levier dos 80 mm", "C62", "2.45", "30192000", ("bleu", "gris", "vert")),
        Article("Cartouche de toner compatible", "C62", "48.00", "30125000", ("noir", "cyan", "magenta", "jaune")),
        Article("Chaise de bureau réglable", "C62", "184.00", "39110000", ("noire", "grise")),
    ),
    "care": (
        Article("Gants d'examen nitrile non poudrés", "BX", "7.80", "33140000", ("S", "M", "L")),
        Article("Compresses stériles 10 × 10", "BX", "5.60", "33140000", ("25 sachets", "50 sachets")),
        Article("Seringue 3 pièces", "BX", "12.30", "33140000", ("5 ml", "10 ml", "20 ml")),
        Article("Masque chirurgical type IIR", "BX", "3.90", "33140000", ("50 pièces",)),
        Article("Thermomètre frontal sans contact", "C62", "34.00", "33120000", ("standard",)),
    ),
    "hygiene": (
        Article("Gel hydroalcoolique", "LTR", "6.20", "33740000", ("500 ml", "1 l", "5 l")),
        Article("Détergent désinfectant surfaces", "LTR", "4.70", "39830000", ("1 l", "5 l")),
        Article("Essuie-mains pliés en V", "CT", "28.90", "33760000", ("2 plis", "3 plis")),
        Article("Sac poubelle 110 l", "BX", "17.40", "39830000", ("standard", "renforcé")),
        Article("Savon mains doux", "LTR", "3.80", "33740000", ("500 ml", "5 l")),
    ),
    "linen": (
        Article("Drap plat percale 160 fils", "C62", "17.50", "39510000", ("180 × 290", "240 × 300")),
        Article("Serviette de toilette 500 g", "C62", "4.90", "39510000", ("50 × 100", "70 × 140")),
        Article("Housse de couette hôtelière", "C62", "32.00", "39510000", ("140 × 200", "220 × 240")),
        Article("Peignoir nid d'abeille", "C62", "21.00", "39510000", ("M", "L", "XL")),
    ),
    "kitchen": (
        Article("Bac gastronorme inox", "C62", "12.60", "39220000", ("GN 1/1", "GN 1/2", "GN 1/3")),
        Article("Poêle professionnelle", "C62", "38.00", "39220000", ("24 cm", "28 cm", "32 cm")),
        Article("Film étirable alimentaire 300 m", "RO", "8.70", "39220000", ("30 cm", "45 cm")),
        Article("Assiette porcelaine blanche", "C62", "3.40", "39220000", ("21 cm", "27 cm")),
        Article("Couteau d'office", "C62", "6.90", "39220000", ("8 cm", "10 cm")),
    ),
}  # fmt: skip


def catalogue_of(kind: str, prefix: str, factor: Decimal) -> Iterator[Good]:
    """The products of a supplier of that kind: each variant, at the family's price times `factor`.

    Every second family has a GTIN; the others are the same as another supplier's by their names alone.
    """
    place = list(GOODS).index(kind)
    for family, article in enumerate(GOODS[kind], start=1):
        for number, variant in enumerate(article.variants, start=1):
            step = 1 + Decimal(number - 1) * Decimal("0.15")
            price = (Decimal(article.price) * factor * step).quantize(Decimal("0.01"))
            sku = f"{prefix}-{family:02d}{number:02d}"
            known = gtin(place * 10_000 + family * 100 + number) if family % 2 else ""
            yield Good(
                sku, f"{article.name}, {variant}", article.unit, price, article.cpv, article.pack, known
            )
