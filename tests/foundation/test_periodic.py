"""Does one failure stop nothing else?"""

from marketplace.foundation.periodic import one_by_one


def test_one_by_one_goes_on_after_a_failure() -> None:
    assert one_by_one("quotients", (4, 0, 2), lambda n: 8 // n) == 6
