"""What is measured? An order and three pages, each by the portal, by bare Flask, and by bare SQL."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from uuid import UUID

from bench.clients import Operation, Runner, SoldOut, Visitor
from bench.market import PASSWORD, Buyer
from bench.ordering import connect, place
from bench.reading import Reader
from bench.requisitions import copies

STOCK = 250
"""Approved requisitions that each buyer has at the beginning of a round."""


@dataclass(frozen=True)
class Contest:
    """One measured thing; the last but one… """
