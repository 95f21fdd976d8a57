"""What does the search remember? The terms of products, and which words stand for others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind


class SearchWord(Base):
    """A term that products are found by, and in how many of them it stands."""

    __tablename__ = "search_vocabulary"
    __table_args__ = (
        Index("ix_search_vocabulary_beginning", "term", postgresql_ops={"term": "text_pattern_ops"}),
    )
    tenancy = Kind.PLATFORM

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)  # type: ignore[assignment]
    term: Mapped[str] = mapped_column(unique=True)
    documents: Mapped[int]


class SearchTerm(Base):
    """How much one term says about one product: its BM25 weight without the rarity of the term.

    Numbers instead of names and UUIDs: the table has about fifteen rows a product, and its size is its speed.
    """

    __tablename__ = "search_terms"
    __table_args__ = (Index("ix_search_terms_heaviest", "term_id", text("weight DESC"), "number"),)
    tenancy = Kind.PLATFORM

    id = None  # type: ignore[assignment]
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    term_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    weight: Mapped[float] = mapped_column(REAL)


class Synonym(Base):
    """That who looks for `word` is also shown what is called `other`, and where it is two-way, the other way round.

    It holds among the products of one category (the digits that a CPV code begins with) or, without one, of all.
    The terms of the two, with blanks between, are what is compared.
    """

    __tablename__ = "synonyms"
    __table_args__ = (
        UniqueConstraint("word_terms", "other_terms", "category"),
        CheckConstraint("char_length(word) <= 80 AND char_length(other) <= 80", name="words_length"),
        CheckConstraint("word_terms <> '' AND other_terms <> ''", name="words_say_something"),
        CheckConstraint("word_terms <> other_terms", name="two_words"),
        CheckConstraint("category ~ '^([0-9]{2,8})?$'", name="category_form"),
        Index("ix_synonyms_other_terms", "other_terms", postgresql_where="is_two_way"),
    )
    tenancy = Kind.REFERENCE

    word: Mapped[str]
    other: Mapped[str]
    word_terms: Mapped[str]
    other_terms: Mapped[str]
    is_two_way: Mapped[bool]
    category: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime] = mapped_column(default=clock.now)


explain(
    "uq_synonyms_word_terms_other_terms_category",
    _l("These two already stand for each other in this category."),
    field="other",
)
explain("ck_synonyms_words_say_something", _l("This has neither a letter nor a digit."), field="word")
explain("ck_synonyms_two_words", _l("The search takes these for one word already."), field="other")
