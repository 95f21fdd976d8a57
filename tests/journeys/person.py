"""How does somebody use the portal? By the words that stand on it, and by the keyboard where their hands are on it."""

from datetime import date
from io import BytesIO
from time import monotonic

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, expect
from pypdf import PdfReader

from tests.cast import Cast, Party
from tests.journeys.eyes import DESK

PATIENCE_MS = 60_000
"""How long it may take until what a worker does stands on the page."""


class Person:
    """A colleague at a browser of their own."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    @property
    def main(self) -> Locator:
        """What the page is about, without what surrounds it."""
        return self.page.get_by_role("main")

    def goes_to(self, entrance: str) -> None:
        """By the menu."""
        menu = self.page.get_by_role("navigation", name="Main menu")
        with self.page.expect_navigation():
            menu.get_by_role("link", name=entrance, exact=True).click()

    def follows(self, words: str, *, beside: str = "") -> None:
        """Click on the first link of these words, in the row of `beside` where that is said."""
        with self.page.expect_navigation():
            self._around(beside).get_by_role("link", name=words).first.click()

    def presses(self, words: str, *, beside: str = "") -> None:
        """Click on the first button of these words, which sends a form."""
        with self.page.expect_navigation():
            self._around(beside).get_by_role("button", name=words).first.click()

    def presses_and_agrees(self, words: str) -> None:
        """The same where the portal asks back: the Tab key leads from its "no" to the "yes"."""
        self.main.get_by_role("button", name=words).first.click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        with self.page.expect_navigation():
            self.types("Tab", "Enter")

    def types(self, *keys: str) -> None:
        """Press these keys, one after the other; what is no key's name is typed letter by letter."""
        for key in keys:
            if key in ("Tab", "Enter", "Escape", "Space", "/"):
                self.page.keyboard.press(key)
            else:
                self.page.keyboard.type(key)

    def searches(self, words: str) -> None:
        """Type into the search field, which "/" leads to, and press Enter."""
        self.types("/", words)
        self.sends_with("Enter")

    def sends_with(self, key: str) -> None:
        """Press the key that sends the form in which one writes."""
        with self.page.expect_navigation():
            self.types(key)

    def says(self, title: str, words: str) -> None:
        """Write into the form whose button has that title, and send it."""
        self.fills_in("Your text", words)
        self.presses(title)

    def fills_in(self, label: str, value: str | date) -> None:
        """Write into the field of that label."""
        self._field(label).fill(str(value))

    def chooses_file(self, label: str, name: str, content: bytes) -> None:
        """Choose a file of their machine in the field of that label."""
        file = FilePayload(name=name, mimeType="text/csv", buffer=content)
        self._field(label).set_input_files(file)

    def chooses(self, label: str, option: str) -> None:
        """Choose from the list of that label."""
        field = self._field(label)
        value = field.locator("option", has_text=option).first.get_attribute("value")
        field.select_option(value)

    def ticks(self, label: str) -> None:
        """Tick a box or choose one of several."""
        self._field(label).check()

    def unfolds(self, words: str) -> None:
        """Open what is folded under these words."""
        self.main.locator("summary", has_text=words).first.click()

    def reads(self, *words: str) -> None:
        """Find these words on the page, which may be a moment in coming."""
        for sentence in words:
            expect(self.main).to_contain_text(sentence, timeout=PATIENCE_MS)

    def looks_again_for(self, words: str) -> None:
        """Load the page anew until these words are there: somebody else, or a worker, is at it."""
        give_up_at = monotonic() + PATIENCE_MS / 1000
        while words not in self.main.inner_text():
            assert monotonic() < give_up_at, f"{words!r} does not come: {self.main.inner_text()}"
            self.page.reload()

    def saves(self, words: str) -> str:
        """Download the PDF behind the link of these words; its text, with every gap as one blank."""
        with self.page.expect_download() as download:
            self.main.get_by_role("link", name=words).first.click()
        pages = PdfReader(BytesIO(download.value.path().read_bytes())).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def _field(self, label: str) -> Locator:
        fields = self.main.locator("input, select, textarea")
        return self.main.get_by_label(label).and_(fields).first

    def _around(self, words: str) -> Locator:
        return self.main.get_by_role("row").filter(has_text=words).first if words else self.main


class Office:
    """An organisation of the cast, whose colleagues sit at browsers of their own: `acme("approver")`."""

    def __init__(self, market: Cast, party: Party, portal: Flask, chromium: Browser, address: str) -> None:
        self.party = party
        self._market, self._portal, self._chromium, self._address = market, portal, chromium, address
        self._people: dict[str, Person] = {}

    def __call__(self, role: str) -> Person:
        if role not in self._people:
            self._people[role] = self._seated(role)
        return self._people[role]

    def _seated(self, role: str) -> Person:
        context = self._chromium.new_context(base_url=self._address, viewport=DESK, locale="en-GB")
        cookie = self._market.sign_in(self._portal.test_client(), self.party, role).get_cookie("marketplace")
        assert cookie is not None
        kept = {cookie.key: cookie.value, "language": "en"}
        context.add_cookies([{"name": k, "value": v, "url": self._address} for k, v in kept.items()])
        person = Person(context)
        person.page.goto("/")
        return person

    @property
    def troubles(self) -> list[str]:
        """What went wrong in the scripts of anybody's pages."""
        return [trouble for person in self._people.values() for trouble in person.troubles]
