"""The beam as a tree: its names, its lines, its keys, and what an update leaves as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from decoder_page import decoder_page
from playwright.sync_api import Browser, Page

OPEN = """
async () => {
  document.head.innerHTML = '<link rel="stylesheet" href="/decoder.css">';
  await new Promise((done) => (document.querySelector("link").onload = done));
  document.body.innerHTML = '<button id="before">before</button><div id="box"></div><p id="after">after</p>';
  window.chosen = [];
  window.tree = createTree((ids) => chosen.push([...ids]));
  document.querySelector("#box").append(tree.element);
  window.view = (text, width = 3) => {
    const steps = beamSteps(single, single.encode(language.encode(text).map(({ id }) => id)), width, 24);
    const [best] = [...steps.at(-1)].sort((a, b) => beamScore(b, 0.6) - beamScore(a, 0.6));
    return { steps, language, best: best.ids };
  };
  window.zebra = view("zebra");
  window.school = view("I am going to school");
}
"""


@pytest.fixture(scope="module")
def shared(browser: Browser) -> Iterator[Page]:
    with decoder_page(browser, {}) as page:
        page.set_viewport_size({"width": 350, "height": 600})
        page.emulate_media(reduced_motion="reduce")
        yield page


@pytest.fixture
def page(shared: Page) -> Page:
    shared.evaluate(OPEN)
    return shared


def _names(page: Page) -> list[str]:
    found = page.locator(".tree-node").all()
    return [node.get_attribute("aria-label") for node in found]


def _focused(page: Page) -> str | None:
    return page.evaluate("() => document.activeElement.getAttribute('aria-label')")


def _paths(page: Page, name: str) -> list[list[dict[str, Any]]]:
    return page.evaluate(
        """(name) => window[name].steps.map((beam) => beam.map(({ ids, logP, parent, ended }) =>
          ({ ids, logP, parent, ended })))""",
        name,
    )


@pytest.mark.parametrize("sentence", ["zebra", "school"])
def test_each_path_that_was_kept_is_a_node_with_a_name(page: Page, sentence) -> None:
    page.evaluate(f"() => tree.update({{ ...{sentence}, at: 1 }})")
    steps = _paths(page, sentence)
    names = _names(page)
    grown = [(n, p) for n, beam in enumerate(steps, 1) for p in beam]
    grown = [(n, path) for n, path in grown if len(path["ids"]) == n]
    assert names[0] == "START, before step 1" and len(names) == 1 + len(grown)
    last = [tuple(path["ids"]) for path in steps[-1]]
    best = tuple(page.evaluate(f"() => {sentence}.best"))
    target = page.evaluate("() => language.target")
    for name, (n, path) in zip(names[1:], grown, strict=True):
        ids = tuple(path["ids"])
        token = target[ids[-1]]
        fate = "dropped later"
        if any(other[:n] == ids for other in last):
            fate = "kept"
        if best[:n] == ids:
            fate = "on the best path"
        total = f"{path['logP']:.2f}".replace("-", "−")
        end = ", ended" * path["ended"]
        word = token["latin"] or token["token"]
        assert name == f"step {n}, {word}, sum {total}, {fate}{end}"
    for kind in ("on the best path", "dropped later", "ended"):
        assert any(kind in name for name in names), kind


def test_each_line_joins_a_node_and_its_parent(page: Page) -> None:
    page.evaluate("() => tree.update({ ...zebra, at: 1 })")
    found = page.evaluate(
        """() => {
          const frame = document.querySelector(".tree-grid").getBoundingClientRect();
          const sides = (name) => [...document.querySelectorAll(".tree-node")].map((node) => {
            const box = node.getBoundingClientRect();
            return [box[name] - frame.left, box.top + box.height / 2 - frame.top];
          });
          const paths = [...document.querySelectorAll(".tree-lines path:not(.held)")];
          const ends = paths.map((path) => [0, path.getTotalLength()].map((at) => path.getPointAtLength(at)));
          const points = ends.map((two) => two.map(({ x, y }) => [x, y]));
          return { points, left: sides("left"), right: sides("right") };
        }"""
    )
    steps = _paths(page, "zebra")
    assert len(found["points"]) == len(found["left"]) - 1

    def near(point, places) -> int:
        gaps = [abs(x - point[0]) + abs(y - point[1]) for x, y in places]
        assert min(gaps) < 1, (point, min(gaps))
        return gaps.index(min(gaps))

    order = [()]
    for n, beam in enumerate(steps, 1):
        order += [tuple(p["ids"]) for p in beam if len(p["ids"]) == n]
    joined = {
        (near(a, found["right"]), near(b, found["left"])) for a, b in found["points"]
    }
    expected = {(order.index(ids[:-1]), i) for i, ids in enumerate(order) if i}
    assert joined == expected


def test_arrow_keys_walk_the_tree_and_enter_chooses(page: Page) -> None:
    page.evaluate("() => tree.update({ ...zebra, at: 0 })")
    page.focus("#before")
    page.keyboard.press("Tab")
    region = page.evaluate(
        "() => [document.activeElement.role, document.activeElement.ariaLabel]"
    )
    assert region == ["region", "The beam, a column for each step"]
    page.keyboard.press("Tab")
    assert _focused(page) == "START, before step 1"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert _focused(page) == "START, before step 1"
    first = _paths(page, "zebra")[0]
    names = [name for name in _names(page) if name.startswith("step 1,")]
    page.keyboard.press("ArrowRight")
    assert _focused(page) == names[0]
    for name in names[1:]:
        page.keyboard.press("ArrowDown")
        assert _focused(page) == name
    page.keyboard.press("ArrowDown")
    assert _focused(page) == names[-1]
    page.keyboard.press("Enter")
    assert page.evaluate("() => chosen") == [first[-1]["ids"]]
    page.keyboard.press("ArrowLeft")
    assert _focused(page) == "START, before step 1"
    page.keyboard.press(" ")
    assert page.evaluate("() => chosen[1]") == []
    assert page.locator(".tree-node[tabindex='0']").count() == 1
    deepest = 0  # down to an END by the right arrow alone
    page.keyboard.press("ArrowRight")
    while _focused(page).startswith(f"step {deepest + 1},"):
        deepest += 1
        page.keyboard.press("ArrowRight")
    assert deepest >= 1
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.id") == "before"


def test_an_update_keeps_the_focus_and_moves_nothing(page: Page) -> None:
    page.evaluate("() => tree.update({ ...school, at: 0 })")
    after = page.locator("#after").bounding_box()
    node = page.locator(".tree-node").nth(5)
    node.focus()
    name = _focused(page)
    for at in (1, 2, 7):
        page.evaluate("(at) => tree.update({ ...school, at })", at)
        assert _focused(page) == name
    page.evaluate('() => tree.update({ ...view("I am going to school"), at: 2 })')
    assert _focused(page) == name  # the same path in a tree made anew
    page.evaluate("() => tree.update({ ...zebra, at: 2 })")
    assert page.evaluate("() => document.activeElement.classList.contains('tree-node')")
    assert page.locator("#after").bounding_box() == after
    assert page.locator(".tree-node[tabindex='0']").count() == 1


def test_the_column_of_the_last_token_is_brought_into_view(page: Page) -> None:
    for at in (0, 3, 7, 1):
        page.evaluate("(at) => tree.update({ ...school, at })", at)
        box = page.locator(".tree").bounding_box()
        nodes = page.locator(".tree-node.now").all()
        assert nodes
        for node in nodes:
            inside = node.bounding_box()
            assert box["x"] <= inside["x"]
            assert inside["x"] + inside["width"] <= box["x"] + box["width"]
    wide = "() => document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(wide) and page.evaluate("() => scrollY === 0")


def test_nothing_is_too_small_to_read_or_to_touch(page: Page) -> None:
    page.evaluate("() => tree.update({ ...view('the big cows', 6), at: 0 })")
    sizes, boxes, cut = page.evaluate(
        """() => {
          const nodes = [...document.querySelectorAll(".tree-node")];
          const boxes = nodes.map((node) => node.getBoundingClientRect());
          const size = (element) => parseFloat(getComputedStyle(element).fontSize);
          return [nodes.flatMap((node) => [...node.children].map(size)),
            boxes.map(({ width, height }) => Math.min(width, height)),
            nodes.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)];
        }"""
    )
    assert min(sizes) >= 12 and min(boxes) >= 44 and cut == []
