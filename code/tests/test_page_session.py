"""A reader's choices: into an address and back, forward, back and undone, in step with the model."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from decoder_page import decoder_page
from playwright.sync_api import Browser, Page

# What a choice must be, whatever an address said. Returns what is wrong with it.
HELPERS = """
() => {
  const whole = (n, from, to) => Number.isInteger(n) && n >= from && n <= to;
  const real = (n, from, to) => typeof n === "number" && n >= from && n <= to;
  window.wrong = (c) => {
    const flags = ["causal", "padding", "position", "scale"];
    const heads = /^(feed|(self|cross|encoder)(\\.\\d\\.\\d)?)$/;
    const checks = {
      names: Object.keys(c).sort().join() === Object.keys(BEGINNING).sort().join(),
      prototype: Object.getPrototypeOf(c) === Object.prototype,
      text: typeof c.text === "string" && c.text.length <= 300,
      ids: Array.isArray(c.ids) && c.ids.length <= LIMIT && c.ids.every((id) => whole(id, 0, 9999)),
      at: whole(c.at, 0, c.ids.length), mode: ["greedy", "sample", "beam", "reference"].includes(c.mode),
      temperature: real(c.temperature, 0.1, 3), topK: whole(c.topK, 0, 20), topP: real(c.topP, 0.05, 1),
      seed: whole(c.seed, 1, 50), width: whole(c.width, 1, 6), pads: whole(c.pads, 0, 8),
      flags: flags.every((name) => typeof c[name] === "boolean"),
      off: c.off.every((name) => heads.test(name)),
      kind: ["cross", "self", "encoder"].includes(c.kind),
      places: ["layer", "head", "row", "column"].every((name) => c[name] === null || whole(c[name], 0, 60)),
    };
    return Object.keys(checks).filter((name) => !checks[name]);
  };
  window.open1 = (choice = {}) => new Session(single, language, { ...BEGINNING, ...choice }, () => {});
  const logitsOf = (state) => `${state.logits.map((row) => [...row])}`;
  // The states of this session against those of a run that has seen nothing before.
  window.outOfStep = (s) => {
    const { ids, at } = s.choice, found = [];
    if (!(at >= 0 && at <= ids.length)) found.push(`at is ${at} of ${ids.length}`);
    for (let n = 0; n <= at; n++) {
      let fresh = s.model.read(s.model.begin(s.source.encoded), [START]);
      for (const id of ids.slice(0, n)) fresh = s.model.read(fresh, [id]);
      if (logitsOf(fresh) !== logitsOf(s.state(n))) found.push(`state ${n}`);
    }
    return found;
  };
  window.numbers = (seed) => { let n = 0; return (below) => Math.floor(draw(seed, n++) * below); };
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with decoder_page(browser, {}) as page:
        page.evaluate(HELPERS)
        yield page


ROUND = """
(count) => {
  const texts = ["", " a&b=c#d?e ", "100 % + ಶಾಲೆ", "<b>\\"x\\"</b>", "a\\nb\\tc", "👩 the", "the cow"];
  const next = numbers(3);
  const of = (list) => list[next(list.length)], maybe = (n) => (next(2) ? null : next(n));
  for (let i = 0; i < count; i++) {
    const ids = Array.from({ length: next(33) }, () => next(159)), kinds = ["cross", "self", "encoder"];
    const head = () => (next(3) ? `.${next(2)}.${next(4)}` : "");
    const heads = Array.from({ length: next(5) }, () => of(kinds) + head());
    const choice = {
      text: of(texts), ids, at: next(ids.length + 1), mode: of(["greedy", "sample", "beam", "reference"]),
      temperature: (1 + next(30)) / 10, topK: next(21), topP: (5 + next(96)) / 100,
      seed: 1 + next(50), width: 1 + next(6),
      pads: next(9), causal: !next(2), padding: !next(2), position: !next(2), scale: !next(2), off: heads,
      kind: of(kinds), layer: maybe(2), head: maybe(4), row: maybe(33), column: maybe(43),
    };
    const { choice: again, ignored } = fromAddress(toAddress(choice));
    if (JSON.stringify(choice) !== JSON.stringify(again) || ignored.length || wrong(again).length)
      return [choice, again, ignored, toAddress(choice)];
  }
  return toAddress(BEGINNING) === "" ? count : "the beginning is written";
}
"""


def test_a_choice_goes_into_an_address_and_back(page: Page) -> None:
    assert page.evaluate(ROUND, 500) == 500


HOSTILE = [
    *("", "?", "&&&==&", "%", "%E0%A4%A", "=", "__proto__=1", "__proto__[a]=1&constructor=2"),
    *("toString=1&hasOwnProperty=2", "text=<script>alert(1)</script>", "x=" + "y" * 10_000),
    *("text=" + "a" * 10_000, "text=" + quote("ಶ" * 900), "ids=" + "5." * 5_000, "a=1&" * 3_000),
    *(f"{name}={value}" for name in ("at", "seed", "width", "pads", "topK", "layer", "row")
      for value in ("-1", "99999", "1e3", "NaN", "Infinity", "", "0x10", "١", "1.5", " 1", "9" * 400)),
    *(f"{name}={value}" for name in ("temperature", "topP")
      for value in ("0", "-1", "NaN", "1e-9", "99", ".5", "5.", "0.00001", "")),
    *("causal=maybe", "causal=", "scale=ON", "mode=constructor", "kind=__proto__", "mode="),
    *("ids=1..2", "ids=NaN", "ids=-1", "ids=5.6.7&at=9", "ids=1.2.", "at=3", "ids=5&at=3&ids=6.7"),
    *("off=self-0-9.self-0-9", "off=x", "off=self.0.1", "off=" + "self-0-0." * 30, "off=self-10-0"),
    *("mode=beam&mode=greedy&mode=nothing", "seed=1&seed=2&seed=x", "ids=9999.9998&at=2"),
]  # fmt: skip


def test_no_address_makes_a_choice_that_cannot_be(page: Page) -> None:
    found = page.evaluate(
        """(addresses) => addresses.map((address) => {
          const { choice, ignored } = fromAddress(address);
          const names = wrong(choice);
          const session = open1(choice);
          session.next();
          session.lookAhead;
          const long = ignored.filter((name) => name.length > 20);
          return [...names, ...outOfStep(session), ...long];
        })""",
        HOSTILE,
    )
    assert {a: f for a, f in zip(HOSTILE, found, strict=True) if f} == {}
    last, named = page.evaluate(
        """() => [fromAddress("seed=1&seed=7").choice.seed, fromAddress("nonsense=1&at=x&seed=4").ignored]"""
    )
    assert last == 7 and named == ["nonsense", "at"]
    assert page.evaluate("() => ({}).polluted === undefined && BEGINNING.seed === 1")


WALK = """
([seed, count, options]) => {
  const s = open1(options), next = numbers(seed), found = [];
  let changes = 0;
  s.changed = () => changes++;
  const seen = new Map(); // the logits for each target, to be bit-equal whenever it comes back
  for (let i = 0; i < count; i++) {
    const before = JSON.stringify(s.choice), undoable = s.undone.length, { at, ids } = s.choice;
    const moves = {
      step: () => {
        const ended = s.ended, went = s.step();
        if (went === ended || (went && s.choice.at !== at + 1)) found.push("step");
      },
      back: () => {
        s.go(at - 1);
        if (s.choice.at !== Math.max(0, at - 1) || `${s.choice.ids}` !== `${ids}`) found.push("back");
      },
      go: () => s.go(next(12) - 2),
      force: () => {
        const id = 3 + next(156), place = next(at + 1);
        s.force(id, place);
        const written = `${s.choice.ids}` === `${[...ids.slice(0, place), id]}`;
        if (!written || s.choice.at !== place + 1) found.push("force");
        if (next(2)) { s.undo(); if (JSON.stringify(s.choice) !== before) found.push("undo"); }
      },
      rewrite: () => {
        const off = next(2) ? [] : ["cross.1.0"];
        s.rewrite({ causal: Boolean(next(3)), position: Boolean(next(3)), off });
        if (s.undone.length !== undoable + 1) found.push("rewrite is not one thing to undo");
        if (next(2)) { s.undo(); if (JSON.stringify(s.choice) !== before) found.push("undo of rewrite"); }
      },
      text: () => s.set({ text: ["the boy ate", "zebra", "I am going to school"][next(3)], ids: [], at: 0 }),
    };
    const names = Object.keys(moves), name = names[next(2) ? next(3) : next(names.length)];
    const told = changes;
    moves[name]();
    if (changes > told + 2) found.push(`${name} told ${changes - told} times`);
    const { ids: now, at: place, text, causal, position, off } = s.choice;
    const key = JSON.stringify([text, causal, position, off, now.slice(0, place)]);
    const logits = `${s.state().logits.map((row) => [...row])}`;
    if ((seen.get(key) ?? logits) !== logits) found.push(`${name}: other logits than before`);
    seen.set(key, logits);
    if (i % 5 === 0) found.push(...outOfStep(s).map((one) => `${name}: ${one}`));
    if (found.length) return [i, found, s.choice];
  }
  return seen.size;
}
"""


@pytest.mark.parametrize("mode", ["greedy", "sample", "beam", "reference"])
def test_forward_back_forced_and_undone_it_stays_in_step(page: Page, mode) -> None:
    distinct = page.evaluate(WALK, [11, 120, {"mode": mode, "width": 2}])
    assert isinstance(distinct, int), distinct
    assert distinct > 15


def test_reading_on_changes_nothing_that_was_read(page: Page) -> None:
    changed = page.evaluate(
        """() => {
          const seen = new Set(), list = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
          const text = (value) => JSON.stringify(value, list);
          const freeze = (value) => { // arrays of numbers cannot be frozen: they are compared
            if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return;
            if (seen.has(value)) return;
            seen.add(value);
            Object.values(value).forEach(freeze);
            Object.freeze(value);
          };
          const encoded = single.encode(language.encode("the big cows come").map(({ id }) => id));
          const source = text(encoded), states = [single.read(single.begin(encoded), [START])], kept = [];
          for (const id of [9, 12, 30, 7, 50]) {
            freeze(states.at(-1));
            kept.push(text(states.at(-1)));
            states.push(single.read(states.at(-1), [id]));
          }
          const same = kept.every((before, i) => before === text(states[i])) && source === text(encoded);
          const shared = states.slice(1).every((state, i) => state.logits[i] === states[i].logits[i]);
          return { same, shared, size: kept[0].length };
        }"""
    )
    assert changed["same"] and changed["shared"] and changed["size"] > 1_000


def test_rows_look_ahead_only_without_the_causal_mask(page: Page) -> None:
    found = page.evaluate(
        """() => [true, false].map((causal) => {
          const s = open1({ causal }), seen = [s.lookAhead];
          while (s.step()) seen.push(s.lookAhead);
          return seen;
        })"""
    )
    masked, bare = found
    assert len(masked) == 8 and set(masked) == {0}
    assert bare[0] == 0 and min(bare[1:]) > 0.1


def test_the_same_seed_writes_the_same_tokens(page: Page) -> None:
    found = page.evaluate(
        """() => {
          const write = (seed) => {
            const s = open1({ mode: "sample", temperature: 3, seed });
            while (s.step());
            const ids = `${s.choice.ids}`;
            s.set({ ids: [], at: 0 });
            while (s.step());
            return [ids, ids === `${s.choice.ids}`];
          };
          return Array.from({ length: 12 }, (_, i) => write(i + 1));
        }"""
    )
    assert all(same for _, same in found)
    assert len({ids for ids, _ in found}) >= 10


def test_another_way_of_choosing_writes_anew_and_keeps_what_was_forced(
    page: Page,
) -> None:
    found = page.evaluate(
        """() => {
          const s = open1({ mode: "sample", temperature: 3 });
          const all = () => { while (s.step()); return `${s.choice.ids}`; };
          const first = all(), seeds = new Set([first]);
          for (let seed = 2; seed < 9; seed++) {
            s.redraw({ seed });
            s.go(0);
            seeds.add(all());
          }
          const last = all();
          s.redraw({ seed: 20 });
          s.undo();
          const undone = `${s.choice.ids}` === last;
          s.go(0);
          s.redraw({ mode: "greedy" });
          while (s.choice.at < 2) s.step();
          s.force(50);
          all();
          const [before, forced] = [s.choice.ids.slice(0, 3), s.forced];
          s.redraw({ mode: "sample", temperature: 3, seed: 5 });
          const kept = `${s.choice.ids.slice(0, 3)}` === `${before}`;
          s.redraw({ mode: "reference" });
          return { seeds: seeds.size, undone, forced, kept, followed: s.onReference, at: s.choice.at };
        }"""
    )
    assert found["seeds"] == 8 and found["undone"] and found["kept"]
    assert found["forced"] == [2]
    assert found["followed"] and found["at"] > 3


def test_teacher_forcing_needs_a_reference_and_knows_when_it_is_left(
    page: Page,
) -> None:
    found = page.evaluate(
        """() => {
          const s = open1({ mode: "reference" });
          s.step();
          const on = s.onReference;
          s.force(50);
          const left = s.onReference;
          s.set({ text: "zebra", ids: [], at: 0 });
          const other = open1({ text: "x", mode: "reference" });
          return [on, left, s.choice.mode, toAddress(s.choice).includes("mode"), other.choice.mode];
        }"""
    )
    assert found == [True, False, "greedy", False, "greedy"]


def test_without_a_word_nothing_is_written(page: Page) -> None:
    found = page.evaluate(
        """() => ["", "  ", "?."].map((text) => {
          const s = open1({ text, ids: [50, 7], at: 2 });
          s.step();
          s.force(50);
          return [s.empty, s.choice.ids.length];
        })"""
    )
    assert found == [[True, 0]] * 3


def test_a_rewrite_keeps_the_cell_that_is_looked_at(page: Page) -> None:
    found = page.evaluate(
        """() => {
          const s = open1({});
          while (s.step());
          s.set({ row: 3, column: 2 }, true);
          s.rewrite({ off: ["cross.0.0"] });
          return [s.choice.row, s.choice.column];
        }"""
    )
    assert found == [3, 2]


OPEN = """
(parts) => {
  document.body.innerHTML = '<div class="decoder" id="box"></div>';
  const { panels, asks, ...rest } = parts, choice = { ...BEGINNING, ...rest };
  window.session = createWorkbench(document.querySelector("#box"),
    { model: half, language, choice, panels, asks });
}
"""

WHOLE_SENTENCE = {"text": "I am going to school", "ids": [27, 71, 15, 76, 5, 134, 2]}


def _in_order(page: Page, *selectors: str) -> bool:
    """Whether each of these is there once, in this order."""
    return page.evaluate(
        """(selectors) => {
          const found = selectors.map((one) => [...document.querySelectorAll(one)]);
          const after = (a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);
          return found.every((all) => all.length === 1)
            && found.slice(1).every(([one], i) => after(found[i][0], one));
        }""",
        list(selectors),
    )


def test_the_switch_that_is_asked_for_stands_right_above_the_map(page: Page) -> None:
    """Figure 6.1: the map comes before the translation, and the other switches are folded."""
    parts = {**WHOLE_SENTENCE, "at": 7, "kind": "self", "mode": "reference"}
    page.evaluate(
        OPEN, {**parts, "panels": ["attention", "switches"], "asks": ["causal"]}
    )
    asked = page.locator(".asked input")
    assert asked.count() == 1
    assert _in_order(page, ".asked", ".map-table", ".verdict", ".map-heads", ".stage")
    assert page.locator(".switch input:visible").count() == 1
    assert page.locator("td.masked").count() == 21
    asked.dispatch_event("click")
    assert page.locator("td.masked").count() == 0
    assert "look ahead" in page.locator(".verdict").inner_text()
    page.locator(".more-switches summary").dispatch_event("click")
    assert page.locator(".switch input:visible").count() == 8


def test_without_a_map_it_stands_above_the_stage(page: Page) -> None:
    """Figures 3.1 and 9.1. Of the mask one hears nothing, unless it was touched."""
    names = ["self", "cross", "feed"]
    asked = {**WHOLE_SENTENCE, "at": 7, "panels": ["sentence", "switches"]}
    page.evaluate(OPEN, {**asked, "asks": names})
    assert page.locator(".asked input").count() == 3
    assert _in_order(page, ".sentence", ".asked", ".stage", ".verdict")
    offered = page.locator(".examples button:visible").all_inner_texts()
    assert offered == [
        *("Without self-attention", "Without cross-attention", "Without feed-forward")
    ]
    page.locator(".asked input").nth(2).dispatch_event("click")
    assert page.evaluate("session.choice.off") == ["feed"]
    verdict = page.locator(".verdict")
    assert "row" not in verdict.inner_text()
    for _ in range(2):
        page.locator(".more-switches input").first.dispatch_event("click")
    assert "no row looks ahead" in verdict.inner_text()


@pytest.mark.parametrize("off", [["cross"], ["cross.1.2"]], ids=str)
def test_weights_that_are_not_used_are_not_drawn(page: Page, off: list[str]) -> None:
    parts = {**WHOLE_SENTENCE, "at": 7, "layer": 1, "head": 2}
    page.evaluate(OPEN, parts)
    assert page.locator(".stage-lines path").count() > 0
    assert "read with weight" in page.locator(".stage-words").inner_text()
    page.evaluate(OPEN, {**parts, "off": off})
    assert page.locator(".stage-lines path").count() == 0
    assert "read with weight" not in page.locator(".stage-words").inner_text()
    assert "is off: no word is read." in page.locator(".stage").inner_text()
    assert "not used" in page.locator(".map-foot").inner_text()


def test_a_map_that_is_off_says_that_it_is_not_used(page: Page) -> None:
    parts = {**WHOLE_SENTENCE, "at": 7, "kind": "self"}
    for off in ([], ["self"]):
        page.evaluate(OPEN, {**parts, "off": off})
        said = page.locator(".map-table td:not(.masked)[data-i]").evaluate_all(
            "cells => cells.map((one) => [one.ariaLabel, one.style.getPropertyValue('--weight')])"
        )
        assert len(said) == 28
        assert all(label.endswith(", not used") == bool(off) for label, _ in said)
        assert all((weight == "0") for _, weight in said) == bool(off)
        assert ("not used" in page.locator(".map-foot").inner_text()) == bool(off)
        assert page.locator(".stage-lines path").count() > 0


def test_a_gloss_says_what_it_stands_for(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { inFull } = await import("/dom.js");
          const glosses = ["DAT", "be.1SG", "3SG.N", "buy.PST", "school", "I", "you.PL", "", "NMLZ/NPST"];
          return glosses.map((gloss) => inFull(gloss));
        }"""
    )
    assert said == [
        "dative, to",
        "first person, singular",
        "third person, singular, neuter",
        "past",
        None,
        None,
        "plural",
        None,
        "noun made of a verb, present or future",
    ]
    page.evaluate(OPEN, {**WHOLE_SENTENCE, "at": 7})
    assert page.locator(".stage .token-gloss[title='dative, to']").count() == 1


def test_every_gloss_of_the_corpus_stands_for_something(page: Page) -> None:
    unexplained = page.evaluate(
        """async () => {
          const { inFull } = await import("/dom.js");
          const all = language.target.flatMap(({ gloss }) => gloss.split(/[./]/));
          return [...new Set(all)].filter((one) => /^[A-Z123]+$/.test(one) && one !== "I" && !inFull(one));
        }"""
    )
    assert unexplained == []


@pytest.mark.parametrize("text", ["constructor", "__proto__", "toString"])
def test_a_word_that_every_object_has_is_a_word_like_others(
    page: Page, text: str
) -> None:
    page.evaluate(OPEN, {"text": text, "causal": False})
    page.evaluate("() => { while (session.step()); }")
    assert page.locator(".stage-tokens .token").count() > 1


def _frames(page: Page) -> list[int]:
    return page.evaluate(
        """() => [...document.querySelectorAll(".stage-tokens .token")]
          .flatMap((token, i) => (token.classList.contains("differs") ? [i] : []))"""
    )


def test_a_frame_is_what_its_sentence_says(page: Page) -> None:
    page.evaluate(OPEN, {"text": "the dog catches the cat", "position": False})
    page.evaluate("() => { while (session.step()); }")
    whole = page.evaluate("() => createComparison()(session).whole.ids")
    written = page.evaluate("() => session.written")
    differ = [i for i, id in enumerate(written) if whole[i : i + 1] != [id]]
    assert _frames(page) == differ and differ
    # what a reader forces is no change of the switch's
    page.evaluate(OPEN, {"padding": False})
    page.evaluate("() => { session.step(); session.force(50); }")
    page.evaluate("() => { while (session.step()); }")
    assert _frames(page) == [] and page.evaluate("() => session.forced") == [1]
    # in teacher forcing: where the likeliest token is not the reference's
    page.evaluate(OPEN, {"mode": "reference", "off": ["cross"]})
    page.evaluate("() => { while (session.step()); }")
    missed = page.evaluate(
        """() => [...session.reference.ids, END]
          .flatMap((id, i) => (id === ranked(session.logs(i))[0] ? [] : [i]))"""
    )
    assert _frames(page) == missed and missed
    said = page.locator(".panel", has_text="What comes next").inner_text()
    count = page.evaluate("() => session.written.length") - len(missed)
    assert f"at {count} of {count + len(missed)} places" in said
    page.evaluate("() => { session.go(2); session.force(50); }")
    said = page.locator(".panel", has_text="What comes next").inner_text()
    assert "places" not in said and "parts from it" in said
    assert _frames(page) == []


def test_the_heads_are_one_stop_of_the_tab_key(page: Page) -> None:
    page.evaluate(OPEN, {"layer": 0, "head": 0})
    assert page.locator(".map-head[tabindex='0']").count() == 1
    page.locator(".map-head[tabindex='0']").focus()
    for key, head in {
        "ArrowRight": "0.1",
        "ArrowDown": "1.1",
        "ArrowLeft": "1.0",
    }.items():
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.head") == head
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.head") == "1.0"
    assert page.locator(".map-head[tabindex='0']").count() == 1


def test_bars_of_one_scale_can_be_compared(page: Page) -> None:
    page.evaluate(OPEN, {"row": 0, "column": 5})
    strips = page.evaluate(
        """() => [...document.querySelectorAll(".sum-strip")].map((strip) => (
          [...strip.querySelectorAll(".sum-bars span")]
            .map((bar) => Number(bar.style.getPropertyValue("--height")))))"""
    )
    value, share = strips[3], strips[4]
    weight = page.evaluate(
        "() => session.attention().taps.rows[0].weights[session.choice.head][5]"
    )
    assert share == pytest.approx([weight * v for v in value], abs=1e-6)
    assert max(*strips[0], *strips[1]) == pytest.approx(1)
    assert max(*value, *share, *strips[5]) == pytest.approx(1)
    said = page.locator(".sum").inner_text()
    assert "Their sum is the dot product" in said and "START → ?" in said


def test_sampling_lists_only_what_can_be_drawn(page: Page) -> None:
    page.evaluate(OPEN, {"mode": "sample", "topK": 2})
    assert page.locator(".candidate").count() == 2
    said = page.locator(".panel", has_text="What comes next").inner_text()
    tokens = page.evaluate("() => language.target.length - 2")
    assert f"Left are 2 of {tokens} tokens" in said


# ---- Where session.js is not yet right: each of these is to lose its mark.
RULES = {
    "an inherited name is no switch": """() => wrong(fromAddress("causal=constructor").choice)""",
    "an address's target ends at its END": """() => {
      const s = open1(fromAddress("ids=5.2.7&at=3").choice);
      return s.choice.ids.slice(0, -1).includes(END) ? ["goes on behind END"] : [];
    }""",
    "PAD and START are never written": """() =>
      open1(fromAddress("ids=5.0.1&at=3").choice).choice.ids.filter((id) => id === PAD || id === START)""",
    "a token that is not there moves no other": """() => {
      const { ids } = open1(fromAddress("ids=5.9999.7&at=3").choice).choice;
      return `${ids}` === "5" ? [] : ids;
    }""",
    "a row of the longest source has an address": """() => {
      const { ignored } = fromAddress(toAddress({ ...BEGINNING, kind: "encoder", row: 45, column: 45 }));
      return ignored;
    }""",
    "half a sign is not cut off": """() => {
      const { choice } = fromAddress(`text=${encodeURIComponent("a" + "\\u{1f469}".repeat(200))}`);
      return fromAddress(toAddress(choice)).choice.text === choice.text ? [] : ["another text"];
    }""",
    "what is forced fits into an address": """() => {
      const s = open1({ ids: Array(LIMIT).fill(5), at: LIMIT });
      s.force(6);
      return fromAddress(toAddress(s.choice)).ignored;
    }""",
    "a beam goes on from what was forced": """() => {
      const s = open1({ mode: "beam", width: 3 });
      s.force(language.target.findIndex(({ latin }) => latin === "avanu"));
      s.step();
      const prefix = s.choice.ids, on = s.best.ids.slice(0, 2);
      return `${on}` === `${prefix}` ? [] : [`${prefix} is on no path; the best begins ${on}`];
    }""",
}


@pytest.mark.parametrize("rule", RULES)
def test_what_no_address_and_no_step_may_do(page: Page, rule: str) -> None:
    assert page.evaluate(RULES[rule]) == []
