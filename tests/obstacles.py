"""What keeps people from a page who hear it, or go through it by keys: the accessibility scan, as all tests ask it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# A rule gives its own impact to all it finds, so those that say they are minor or moderate find nothing serious; whoever
# says nothing is asked. What is preloaded serves none that is asked.
# A page has the same few colours thousands of times; each is parsed once.
SERIOUS = """async () => {
  const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = new Map();
  colour.parseString = function (text) {
    if (known.has(text)) [this.r, this.g, this.b, this.alpha] = known.get(text);
    else { read.call(this, text); known.set(text, [this.r, this.g, this.b, this.alpha]); }
    return this;
  };
  const slight = axe._audit.rules.filter(rule => ['minor', 'moderate'].includes(rule.impact));
  const rules = Object.fromEntries(slight.map(rule => [rule.id, {enabled: false}]));
  const found = await axe.run({resultTypes: ['violations'], preload: false, rules});
  const serious = found.violations.filter(each => ['serious', 'critical'].includes(each.impact));
  return serious.map(each => `${each.id}: ${each.nodes[0].html}`);
}"""


def serious_obstacles(page: Page) -> list[str]:
    """Return what the scan finds serious or critical on the page as it is shown now: the rule, and where first."""
    _arrived(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate(SERIOUS)


def assert_no_serious_obstacle(page: Page) -> None:
    """Demand that the scan finds nothing serious or critical on the page."""
    assert serious_obstacles(page) == [], page.url


def is_too_wide(page: Page) -> bool:
    """Return whether the page as a whole must be moved sideways to be read."""
    _arrived(page)
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def _arrived(page: Page) -> None:
    """Wait for the page that a click has asked for: one that has only begun has no content, not even a width."""
    page.wait_for_load_state()
