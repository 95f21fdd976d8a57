"""Are tokens unguessable, and kept only as what cannot be turned back?"""

from marketplace.identity.people.tokens import new_token, token_hash


def test_new_token_is_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43


def test_token_hash_is_the_same_for_the_same_token_and_hides_it() -> None:
    token = new_token()
    assert token_hash(token) == token_hash(token)
    assert len(token_hash(token)) == 64
    assert token not in token_hash(token)
