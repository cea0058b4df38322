"""The flow diagram drawn wide and narrow: the same boxes, numbers and links, every one inside the picture."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from protocol.flow import Box
from reports.flow_picture import BOX, WIDTH, Drawn, Line, flow_picture, narrow_flow_picture

SVG = "{http://www.w3.org/2000/svg}"
ONE = Box(("a",))
WORDS = {"title": "Flow", "says": "The table says the same."}


def drawn(name: str, row: int, at: int = 0) -> Drawn:
    return Drawn(name, (Line(name, f"{name} line", ONE, f"/{name}", reasons=("Refusal: 1",)),), row=row, at=at)


TOP = [drawn("assessed", 0), drawn("excluded", 0, 1), drawn("screening", 1, 1), drawn("randomized", 1)]
POOLED = [*TOP, drawn("allocated", 2), drawn("lost", 3)]
BY_ARM = [*TOP, *(drawn(f"arm {at} {row}", row, at) for at in (0, 1) for row in (2, 3))]
DRAWINGS = {"wide": (flow_picture, WIDTH), "narrow": (narrow_flow_picture, BOX)}


def parts(svg: str, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}{name}"))


def titles(svg: str) -> list[str]:
    return [each.text for each in parts(svg, "text") if each.get("font-weight") == "bold"]


@pytest.mark.parametrize("boxes", [POOLED, BY_ARM], ids=["pooled", "by arm"])
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_every_box_and_number_lies_inside_the_picture(drawing, boxes):
    draw, width = DRAWINGS[drawing]
    svg = draw(boxes, **WORDS)
    height = int(ElementTree.fromstring(svg).get("viewBox").split()[3])

    for box in parts(svg, "rect"):
        assert 0 <= int(box.get("x")) < int(box.get("x")) + int(box.get("width")) <= width
        assert 0 <= int(box.get("y")) < int(box.get("y")) + int(box.get("height")) <= height
    assert all(0 <= int(each.get("x")) <= width for each in parts(svg, "text"))


@pytest.mark.parametrize("boxes", [POOLED, BY_ARM], ids=["pooled", "by arm"])
def test_wide_and_narrow_say_the_same_with_the_same_links(boxes):
    wide, narrow = flow_picture(boxes, **WORDS), narrow_flow_picture(boxes, **WORDS)

    for name, read in (("text", lambda each: each.text), ("a", lambda each: each.get("href"))):
        assert sorted(map(read, parts(wide, name))) == sorted(map(read, parts(narrow, name)))
    ids = [each.get("id") for svg in (wide, narrow) for each in ElementTree.fromstring(svg).iter() if each.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_narrow_boxes_never_stand_side_by_side():
    boxes = sorted(
        (int(box.get("y")), int(box.get("height"))) for box in parts(narrow_flow_picture(BY_ARM, **WORDS), "rect")
    )

    assert all(y + height < below for (y, height), (below, _) in pairwise(boxes))


def test_narrow_who_left_stands_before_who_went_on_and_one_arm_after_the_other():
    assert titles(narrow_flow_picture(BY_ARM, **WORDS)) == [
        *("assessed", "excluded", "screening", "randomized"),
        *("arm 0 2", "arm 0 3", "arm 1 2", "arm 1 3"),
    ]
