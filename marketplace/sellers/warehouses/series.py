"""Which bins stand between A-1 and A-24?"""

import re

MOST = 500
LAST_NUMBER = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.DOTALL)


def codes_between(first: str, last: str) -> list[str] | None:
    """All codes from `first` to `last`, counted up at their last number; None where they differ elsewhere.

    "A-01" to "A-12" keeps the leading noughts. At most MOST of them.
    """
    first, last = first.strip().upper(), last.strip().upper()
    if first == last:
        return [first]
    begin, end = LAST_NUMBER.fullmatch(first), LAST_NUMBER.fullmatch(last)
    if begin is None or end is None or (begin[1], begin[3]) != (end[1], end[3]):
        return None
    numbers = range(int(begin[2]), int(end[2]) + 1)
    if not 1 <= len(numbers) <= MOST:
        return None
    return [f"{begin[1]}{number:0{len(begin[2])}d}{begin[3]}" for number in numbers]
