"""How is a secret made that we never keep?"""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, to stand in an address or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a token is kept and looked up: SHA-256 suffices for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
