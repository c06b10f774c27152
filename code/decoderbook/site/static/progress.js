/* Guesses, quizzes and exercises: what a reader chose is kept in this browser, and nowhere else.
 *
 * Without this script every choice is a native <details> that opens its reply. With it, the first one opened is the
 * guess; what follows a guess, up to the next heading, stays hidden until then, or until the reader asks to see it.
 */
(() => {
  "use strict";
  const KEY = "decoder-course-progress";
  const FORGETS = "This browser keeps nothing, so the page forgets it.";
  const LARGEST = 200_000; // bytes of a file of ours, many times over
  const EMPTY = { version: 1, chosen: {}, solved: {}, open: false };

  function read() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
      return valid(kept) ? { ...EMPTY, ...kept } : structuredClone(EMPTY);
    } catch {
      return structuredClone(EMPTY);
    }
  }
  /* Whether something read from a file or the store has the form that is written here. */
  function valid(kept) {
    const plain = (o) => o !== null && typeof o === "object" && !Array.isArray(o);
    return (
      plain(kept) && kept.version === 1 && plain(kept.chosen) && plain(kept.solved) &&
      Object.values(kept.chosen).every((c) => plain(c) && Number.isInteger(c.choice) && c.choice >= 0 && typeof c.right === "boolean" && (c.at ?? 0) === Number(c.at ?? 0)) &&
      Object.values(kept.solved).every((s) => s === true)
    );
  }
  /* Change what is kept. Another tab may have changed it since this page was opened, so it is read again first. What a
   * later version of this script wrote stays as it is. */
  function change(how) {
    const kept = read();
    how(kept);
    try {
      if (JSON.parse(localStorage.getItem(KEY) ?? "null")?.version > EMPTY.version) return false;
    } catch {}
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      return false; // storage is full or switched off: the page works, and forgets
    }
    return true;
  }
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };

  /* ---- Guesses and quizzes ---- */

  /* Hide `run`, what follows the guess `box`; a style sheet did so before anything was painted. Gives a function that
   * shows it. */
  function veil(box, run) {
    run.classList.remove("shown");
    const show = make("button", { type: "button", class: "unveil" }, "Show it without a guess");
    run.prepend(show);
    const lift = () => {
      run.classList.add("shown");
      show.remove();
    };
    show.addEventListener("click", () => {
      box.dataset.seen = "true";
      lift();
      run.querySelector("summary, button, input, select, a")?.focus({ preventScroll: true });
    });
    const aim = () => {
      const id = decoded(location.hash.slice(1).split("?")[0]); // a figure's address may carry its settings
      const target = id && document.getElementById(id);
      if (!target || !run.contains(target) || run.classList.contains("shown")) return;
      box.dataset.seen = "true";
      lift();
      target.scrollIntoView();
    };
    aim();
    addEventListener("hashchange", aim);
    return lift;
  }
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a lone % in an address
    }
  }

  function ask(box) {
    const choices = [...box.querySelectorAll(":scope > details")];
    const labels = choices.map((choice) => choice.querySelector("summary").textContent);
    const said = make("p", { class: "guess-said", role: "status" });
    const forget = make("button", { type: "button", class: "guess-forget" }, "Forget this guess");
    const table = document.querySelector('nav a[href="progress.html"]') ? [": ", make("a", { href: "progress.html" }, "your progress")] : [];
    const where = make("p", { class: "guess-kept" }, "Kept in this browser", ...table, ". ", forget);
    const run = box.nextElementSibling?.matches(".guessed") ? box.nextElementSibling : null;
    let lift = () => {};

    const hides = run ? " Then what follows opens." : "";
    const how = box.dataset.low === undefined ? "Choose one. Your first choice counts." : "Move the slider. Your first guess counts.";
    const slider = box.dataset.low === undefined ? null : slide(box, choices);
    box.querySelector(".guess-how").textContent = how + hides;

    function mark(index, text) {
      box.dataset.chosen = String(index);
      choices[index].classList.add("chosen");
      said.textContent = text;
      where.hidden = false;
      lift();
    }
    function commit(index) {
      if (box.dataset.chosen !== undefined) return;
      const right = choices[index].dataset.right === "true";
      const entry = { choice: index, right, on: new Date().toISOString().slice(0, 10) };
      if (box.dataset.seen) entry.seen = true;
      if (slider) entry.at = slider.value();
      const stays = change((now) => {
        if (!choices[now.chosen[box.id]?.choice]) now.chosen[box.id] = entry;
      });
      mark(index, right ? "Right. The others say what is tempting about them." : "Not this one. Open the others, until one says yes.");
      if (stays) return;
      said.textContent += ` (${FORGETS})`;
      where.hidden = true;
    }

    choices.forEach((choice, index) => {
      choice.dataset.right = String(choice.querySelector("p strong")?.textContent === "Yes.");
      // A click, or Enter, on its own words: the browser opens it too when it looks for text on the page.
      choice.querySelector("summary").addEventListener("click", () => choice.open || commit(index));
      choice.addEventListener("toggle", () => {
        const late = choice.open && choice.dataset.right === "true" && box.dataset.chosen !== undefined;
        if (late && box.dataset.chosen !== String(index)) said.textContent = "This is the one.";
      });
    });
    slider?.whenDone(commit);
    forget.addEventListener("click", () => {
      change((now) => delete now.chosen[box.id]);
      choices[Number(box.dataset.chosen)].classList.remove("chosen");
      choices.forEach((choice) => (choice.open = false));
      delete box.dataset.chosen;
      said.textContent = "Forgotten. Guess again.";
      where.hidden = true;
      slider?.reset();
      box.dataset.seen = "true";
      if (run && document.documentElement.dataset.asks) lift = veil(box, run);
      (slider?.row.querySelector("input") ?? choices[0].querySelector("summary")).focus();
    });
    where.hidden = true;
    box.append(said, where);

    const { chosen, open } = read();
    const before = chosen[box.id];
    if (before && choices[before.choice]) {
      const { right } = choices[before.choice].dataset;
      run?.classList.add("shown");
      mark(before.choice, `Your first guess was “${labels[before.choice]}”: ${right === "true" ? "right" : "not right"}.`);
      slider?.restore(before.at);
    } else {
      if (run && !open) lift = veil(box, run);
      const early = choices.findIndex((choice) => choice.open); // opened before this script came
      if (early >= 0) commit(early);
    }
  }

  /* A slider and a button in the place of “less, about, more”. */
  function slide(box, choices) {
    const [low, high, step, right, within] = ["low", "high", "step", "right", "within"].map((k) => Number(box.dataset[k]));
    const name = box.querySelector("strong").textContent;
    const range = make("input", { type: "range", min: low, max: high, step, "aria-label": name });
    const shown = make("output");
    const done = make("button", { type: "button" }, "This is my guess");
    const row = make("p", { class: "guess-slide" }, range, shown, done);
    const hide = (hidden) => choices.forEach((choice) => (choice.hidden = hidden));
    const reset = () => {
      range.value = low;
      shown.textContent = "…";
      range.disabled = false;
      done.disabled = true; // until it was moved: where it begins is nobody's guess
      hide(true);
    };
    range.addEventListener("input", () => {
      shown.textContent = range.value;
      done.disabled = false;
    });
    choices[0].before(row);
    reset();
    const freeze = () => {
      range.disabled = done.disabled = true;
      hide(false);
    };
    return {
      row,
      reset,
      value: () => Number(range.value),
      restore(at) {
        freeze();
        if (Number.isFinite(at)) shown.textContent = range.value = at;
      },
      whenDone(commit) {
        done.addEventListener("click", () => {
          const off = Number(range.value) - right;
          const index = Math.abs(off) <= within + step / 1000 ? 1 : off < 0 ? 0 : 2;
          commit(index);
          freeze();
          choices[index].open = true;
          choices[index].querySelector("summary").focus();
        });
      },
    };
  }

  /* ---- Exercises ---- */

  function tick(box) {
    const input = make("input", { type: "checkbox" });
    const title = box.querySelector("h3");
    const label = make("label", { class: "exercise-done" }, input, " I have solved it");
    const follow = () => (input.checked = read().solved[box.id] === true);
    follow();
    input.addEventListener("change", () => {
      const stays = change((now) => (input.checked ? (now.solved[box.id] = true) : delete now.solved[box.id]));
      label.lastChild.textContent = stays ? " I have solved it" : ` I have solved it (${FORGETS})`;
    });
    addEventListener("storage", follow); // another tab
    title.after(label);
  }

  /* ---- The page of progress ---- */

  function report(place) {
    const rows = [...place.querySelectorAll("tbody tr")];
    const total = place.querySelector("tfoot tr");
    const names = (row) => [row.dataset.asked, row.dataset.tasks].map((list) => JSON.parse(list));
    const known = [0, 1].map((part) => new Set(rows.flatMap((row) => names(row)[part])));
    const entries = (count) => `${count} ${count === 1 ? "entry" : "entries"}`;
    const said = make("p", { role: "status" });
    const fill = () => {
      const { chosen, solved, open } = read();
      const sums = [0, 0, 0];
      for (const row of rows) {
        const [asked, tasks] = names(row);
        const made = asked.filter((name) => chosen[name]);
        const right = made.filter((name) => chosen[name].right && !chosen[name].seen);
        const done = tasks.filter((name) => solved[name]);
        row.cells[1].textContent = `${made.length} of ${asked.length}, ${right.length} right at once`;
        row.cells[2].textContent = `${done.length} of ${tasks.length}`;
        [made, right, done].forEach((list, i) => (sums[i] += list.length));
      }
      total.cells[1].textContent = `${sums[0]} of ${known[0].size}, ${sums[1]} right at once`;
      total.cells[2].textContent = `${sums[2]} of ${known[1].size}`;
      always.checked = open;
      return sums[0] + sums[2];
    };
    const button = (text, work) => {
      const made = make("button", { type: "button" }, text);
      made.addEventListener("click", work);
      return made;
    };
    const save = button("Save it as a file", () => {
      const link = make("a", { download: "decoder-course-progress.json" });
      link.href = URL.createObjectURL(new Blob([JSON.stringify(read(), null, 1)], { type: "application/json" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      said.textContent = "Saved as decoder-course-progress.json.";
    });
    const file = make("input", { type: "file", accept: ".json,application/json", id: "progress-file" });
    file.addEventListener("change", async () => {
      let found = null;
      try {
        const [given] = file.files;
        if (given.size <= LARGEST) found = JSON.parse(await given.text());
      } catch {}
      file.value = "";
      if (!valid(found)) {
        said.textContent = "This is no file of this page, so nothing was changed. Choose one that “Save it as a file” wrote.";
        return;
      }
      let [fresh, kept] = [0, 0];
      const stays = change((now) => {
        ["chosen", "solved"].forEach((part, i) => {
          for (const [name, value] of Object.entries(found[part])) {
            if (!known[i].has(name)) continue;
            Object.hasOwn(now[part], name) ? (kept += 1) : (fresh += 1);
            now[part][name] ??= value;
          }
        });
        if (found.open === true) now.open = true;
      });
      fill();
      said.textContent = stays
        ? `Read: ${entries(fresh)} new, ${kept} that this browser had already.`
        : FORGETS;
    });
    let sure = false;
    const calm = () => {
      sure = false;
      erase.textContent = "Erase it";
    };
    const erase = button("Erase it", () => {
      if (!sure) {
        sure = true;
        erase.textContent = "Really erase it";
        said.textContent = `${entries(fill())} would be gone, and the choice below. Press again to erase them.`;
        return;
      }
      try {
        localStorage.removeItem(KEY);
      } catch {}
      calm();
      said.textContent = "Erased. Nothing is kept.";
      fill();
    });
    erase.addEventListener("blur", () => {
      if (sure) said.textContent = "Nothing was erased.";
      calm();
    });
    const always = make("input", { type: "checkbox" });
    always.addEventListener("change", () => {
      said.textContent = change((now) => (now.open = always.checked)) ? "" : FORGETS;
    });
    place.append(
      make("p", { class: "progress-buttons" }, save, erase),
      make("p", {}, make("label", { for: "progress-file" }, "Read a saved file: "), file),
      make("p", {}, make("label", {}, always, " Show every figure at once, without asking for a guess first")),
      said,
    );
    fill();
    addEventListener("storage", fill);
  }

  document.querySelectorAll(".guess, .quiz").forEach(ask);
  document.documentElement.dataset.asks &&= "ready";
  document.querySelectorAll(".exercise-box").forEach(tick);
  const place = document.getElementById("progress");
  if (place) report(place);
})();
