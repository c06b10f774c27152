/* Guesses, quizzes and exercises: what a reader chose is kept in this browser, and nowhere else.
 *
 * Without this script every choice is a native <details> that opens its reply. With it, the first one opened is the
 * guess; what follows a guess stays hidden until then, or until the reader asks to see it.
 */
(() => {
  "use strict";
  const KEY = "decoder-course-progress";
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
      Object.values(kept.chosen).every((c) => plain(c) && Number.isInteger(c.choice) && typeof c.right === "boolean") &&
      Object.values(kept.solved).every((s) => s === true)
    );
  }
  /* Change what is kept. Another tab may have changed it since this page was opened, so it is read again first. */
  function change(how) {
    const kept = read();
    how(kept);
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

  function veil(box) {
    const cell = box.nextElementSibling;
    const output = box.classList.contains("guess") && cell?.matches(".cell") ? cell : null;
    if (!output) return () => {};
    output.classList.add("veiled");
    const show = make("button", { type: "button", class: "unveil" }, "Show it without a guess");
    output.prepend(show);
    const lift = () => {
      output.classList.remove("veiled");
      show.remove();
    };
    show.addEventListener("click", () => {
      lift();
      output.querySelector("summary, button, input, select, a")?.focus({ preventScroll: true });
    });
    const aim = () => {
      const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && output.contains(target)) lift();
    };
    aim();
    addEventListener("hashchange", aim);
    return lift;
  }

  function ask(box) {
    const choices = [...box.querySelectorAll(":scope > details")];
    const said = make("p", { class: "guess-said", role: "status" });
    const kept = read();
    let lift = () => {};

    function mark(index, restored) {
      const { right } = choices[index].dataset;
      box.dataset.chosen = String(index);
      choices[index].classList.add("chosen");
      said.textContent = restored
        ? `Your first guess was “${labels[index]}”.`
        : right === "true"
          ? "Right. Open the others to see why they attract."
          : "Not this one. Open the others, until one says yes.";
      lift();
    }
    function commit(index) {
      if (box.dataset.chosen !== undefined) return;
      const right = choices[index].dataset.right === "true";
      const stays = change((now) => (now.chosen[box.id] ??= { choice: index, right, on: new Date().toISOString().slice(0, 10) }));
      mark(index, false);
      if (!stays) said.textContent += " (This browser keeps nothing, so the page forgets it.)";
    }

    const labels = choices.map((choice) => choice.querySelector("summary").textContent);
    choices.forEach((choice, index) => {
      choice.dataset.right = String(choice.querySelector("p strong")?.textContent === "Yes.");
      choice.addEventListener("toggle", () => choice.open && commit(index));
    });
    if (box.dataset.low !== undefined) slide(box, choices);
    box.append(said);

    const before = kept.chosen[box.id];
    if (before && choices[before.choice]) mark(before.choice, true);
    else if (!kept.open) lift = veil(box);
  }

  /* A slider and a button in the place of “less, about, more”. */
  function slide(box, choices) {
    const [low, high, step, right, within] = ["low", "high", "step", "right", "within"].map((k) => Number(box.dataset[k]));
    const name = box.querySelector("strong").textContent;
    const range = make("input", { type: "range", min: low, max: high, step, "aria-label": name });
    range.value = (low + high) / 2;
    const shown = make("output", {}, range.value);
    const done = make("button", { type: "button" }, "This is my guess");
    const row = make("p", { class: "guess-slide" }, range, shown, done);
    range.addEventListener("input", () => (shown.textContent = range.value));
    done.addEventListener("click", () => {
      const off = Number(range.value) - right;
      const index = Math.abs(off) <= within + step / 1000 ? 1 : off < 0 ? 0 : 2;
      choices.forEach((choice) => (choice.hidden = false));
      choices[index].open = true;
    });
    choices.forEach((choice) => (choice.hidden = read().chosen[box.id] === undefined));
    choices[0].before(row);
  }

  /* ---- Exercises ---- */

  function tick(box) {
    const input = make("input", { type: "checkbox" });
    const title = box.querySelector("h3");
    const label = make("label", { class: "exercise-done" }, input, " I have solved it");
    input.checked = read().solved[box.id] === true;
    input.addEventListener("change", () =>
      change((now) => (input.checked ? (now.solved[box.id] = true) : delete now.solved[box.id])),
    );
    title.after(label);
  }

  /* ---- The page of progress ---- */

  function report(place) {
    const rows = [...place.querySelectorAll("tbody tr")];
    const said = make("p", { role: "status" });
    const fill = () => {
      const { chosen, solved, open } = read();
      let entries = 0;
      for (const row of rows) {
        const [asked, tasks] = [row.dataset.asked, row.dataset.tasks].map((names) => JSON.parse(names));
        const made = asked.filter((name) => chosen[name]);
        const right = made.filter((name) => chosen[name].right);
        const done = tasks.filter((name) => solved[name]);
        entries += made.length + done.length;
        row.cells[1].textContent = `${made.length} of ${asked.length}, ${right.length} right at once`;
        row.cells[2].textContent = `${done.length} of ${tasks.length}`;
      }
      always.checked = open;
      return entries;
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
        found = JSON.parse(await file.files[0].text());
      } catch {}
      file.value = "";
      if (!valid(found)) {
        said.textContent = "This is no file of this page, so nothing was changed. Choose one that “Save it as a file” wrote.";
        return;
      }
      change((now) => {
        now.chosen = { ...found.chosen, ...now.chosen };
        now.solved = { ...found.solved, ...now.solved };
      });
      said.textContent = `Read. ${fill()} entries now.`;
    });
    let sure = false;
    const erase = button("Erase it", () => {
      if (!sure) {
        sure = true;
        erase.textContent = "Really erase it";
        said.textContent = `${fill()} entries would be gone. Press again to erase them.`;
        return;
      }
      localStorage.removeItem(KEY);
      sure = false;
      erase.textContent = "Erase it";
      said.textContent = "Erased. Nothing is kept.";
      fill();
    });
    erase.addEventListener("blur", () => {
      sure = false;
      erase.textContent = "Erase it";
    });
    const always = make("input", { type: "checkbox" });
    always.addEventListener("change", () => change((now) => (now.open = always.checked)));
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
  document.querySelectorAll(".exercise-box").forEach(tick);
  const place = document.getElementById("progress");
  if (place) report(place);
})();
