"""Pictures: deterministic, said in words too, and harmless under a strict content policy."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from paper.plots import Words, bar_plot, curve_plot
from protocol.survival import Time, kaplan_meier

WORDS = Words(name="pfs", title="Survival", says="Of 3 subjects 1 had the event.", x="Months", y="Free")
CURVE = kaplan_meier([Time(3.0, True), Time(5.0, False), Time(24.0, False)])
SVG = "{http://www.w3.org/2000/svg}"


def drawn(groups=(("All", CURVE),), words=WORDS) -> str:
    return curve_plot(words, groups, every=6, until=24, at_risk="At risk")


def texts(svg: str) -> list[str]:
    return [each.text for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_same_figures_give_the_same_picture():
    assert drawn() == drawn()


def test_a_picture_has_a_title_and_says_what_it_shows():
    picture = ElementTree.fromstring(drawn())

    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "pfs-title pfs-says"
    assert picture.find(f"{SVG}title").text == "Survival"
    assert picture.find(f"{SVG}desc").text == "Of 3 subjects 1 had the event."


def test_no_style_stands_in_a_picture():
    for picture in (drawn(), bar_plot(WORDS, [("Jan", 1)], line=[1], target=60)):
        assert "style" not in picture
        assert "<script" not in picture


def test_numbers_at_risk_stand_under_the_months():
    assert texts(drawn())[-5:] == ["3", "1", "1", "1", "1"]


def test_every_censored_time_has_its_mark():
    assert drawn().count('class="censored') == 2


def test_two_groups_differ_by_dash_and_name():
    picture = drawn((("Resection", CURVE), ("Watch and wait", CURVE)))

    assert {"Resection", "Watch and wait"} <= set(texts(picture))
    assert picture.count("stroke-dasharray") == 3  # the line, its sample at the name, its sample at the numbers


def test_words_are_escaped():
    assert "<b>" not in drawn((("<b>", CURVE),), Words("x", "<b>", "<b>", "<b>", "<b>"))


def test_of_nobody_a_picture_can_be_drawn():
    assert ElementTree.fromstring(drawn((("All", kaplan_meier([])),))) is not None
    assert ElementTree.fromstring(bar_plot(WORDS, [])) is not None


def test_bars_carry_their_number():
    picture = bar_plot(WORDS, [("2025-01", 3), ("2025-02", 0)], line=[3, 3], target=60)

    assert "<title>2025-01: 3</title>" in picture
    assert 'class="target"' in picture


@given(
    st.lists(st.builds(Time, st.floats(0, 60), st.booleans()), max_size=30),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_any_figures_make_a_well_formed_picture(times, values):
    assert ElementTree.fromstring(drawn((("All", kaplan_meier(times)),))) is not None
    assert ElementTree.fromstring(bar_plot(WORDS, [(str(at), value) for at, value in enumerate(values)])) is not None
