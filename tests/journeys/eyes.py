"""Can everybody read and use what stands on a page?"""

from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import BrowserContext, ConsoleMessage, Response

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LANGUAGES = ("en", "fr")
WHAT_IS_WRONG = """async () => {
    while (document.querySelector(".htmx-request")) await new Promise(soon => setTimeout(soon, 5));
    document.querySelectorAll("main details").forEach(part => part.open = true);
    const {scrollWidth, clientWidth} = document.documentElement;
    const {violations} = await axe.run(document, {resultTypes: ["violations"]});
    return [
        ...(scrollWidth > clientWidth ? ["wider than the screen"] : []),
        ...violations.map(found => `${found.id} at ${found.nodes.slice(0, 3).map(node => node.target).join("; ")}`),
    ];
}"""
"""When all parts of the page have come and are unfolded; one question, because each costs a way to the browser."""
READS_COLOURS_ONCE = """
(() => {
    const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = new Map();
    colour.parseString = function (text) {
        if (!known.has(text)) {
            read.call(this, text);
            known.set(text, [this.r, this.g, this.b, this.alpha]);
        }
        [this.r, this.g, this.b, this.alpha] = known.get(text);
        return this;
    };
})();
"""
"""A page has some twenty colours and thousands of places; what axe takes for each oklch() is a sixth of a look."""
TOLD_BY_ANSWERS = "Failed to load resource"


class Eyes:
    """Somebody who looks at pages, by day at a desk and by night on a phone, and notes what is wrong with them."""

    def __init__(self, context: BrowserContext, address: str, name: str) -> None:
        self.complaints: list[str] = []
        self._context, self._address, self._name = context, address, name
        self._looks, self._where = 0, ""
        context.add_init_script(Path(AXE_FILE_PATH).read_text(encoding="utf-8") + READS_COLOURS_ONCE)
        self._page = context.new_page()
        self._page.on("console", self._hear)
        self._page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        self._page.on("response", self._check_answer)

    def look_at(self, path: str) -> None:
        """Open the page, in one language and the other from page to page, and everything on it that is folded."""
        language = LANGUAGES[self._looks % len(LANGUAGES)]
        self._looks += 1
        self._where = f"{self._name}, {path} in {language}"
        self._context.add_cookies([{"name": "language", "value": language, "url": self._address}])
        self._page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self._page.set_viewport_size(DESK)
        self._page.goto(path)
        self._check("by day at a desk")
        self._page.emulate_media(color_scheme="dark")
        self._page.set_viewport_size(PHONE)
        self._check("by night on a phone")

    def _check(self, how: str) -> None:
        for trouble in self._page.evaluate(WHAT_IS_WRONG):
            self._complain(f"{how}: {trouble}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(TOLD_BY_ANSWERS):
            self._complain(f"console: {message.text}")

    def _check_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self._complain(f"{answer.url} answers {answer.status}")

    def _complain(self, of: str) -> None:
        self.complaints.append(f"{self._where}: {of}")
