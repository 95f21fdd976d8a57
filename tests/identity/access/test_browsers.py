"""Is a browser called what its owner calls it?"""

import pytest

from marketplace.identity.access.browsers import browser_name

AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604.1": "Safari, iPhone",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36": "Chrome, Android",
    "curl/8.5.0": "",
    "": "",
}


@pytest.mark.parametrize("user_agent", AGENTS)
def test_browser_name_says_browser_and_system(user_agent: str) -> None:
    assert browser_name(user_agent) == AGENTS[user_agent]
