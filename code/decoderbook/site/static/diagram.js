// The picture of the decoder: a chosen box says what it is; where all panels stand together, one is shown at a time, and
// a box that has a panel of its own opens it.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const HINT = matchMedia("(hover: none)").matches
  ? "Tap a box: it says what it does."
  : "Choose a box, with the pointer or the arrow keys. Enter opens what it holds.";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const panelOf = (svg) => svg.querySelector("[data-box]").dataset.box.split("/")[0];
const titleOf = (svg) => svg.querySelector("text").textContent;

class Panel {
  constructor(svg, open) {
    this.svg = svg;
    this.open = open; // opens the panel of that key, or returns false
    this.boxes = [...svg.querySelectorAll("[data-box]")];
    this.line = make("p", { class: "diagram-line", role: "status" }, HINT);
    svg.setAttribute("role", "group");
    svg.after(this.line);
    for (const [index, box] of this.boxes.entries()) {
      const { label, shape } = box.dataset;
      for (const [name, value] of Object.entries({
        role: "button",
        tabindex: index ? -1 : 0,
        "aria-label": shape ? `${label}, ${shape}` : label,
      }))
        box.setAttribute(name, value);
      box.addEventListener("pointerenter", () => this.tell(box));
      box.addEventListener("focus", () => this.tell(box));
      box.addEventListener("click", () => this.choose(box));
      box.addEventListener("keydown", (event) => this.key(event, index));
    }
  }

  tell(box) {
    const { label, shape, formula, page, inside } = box.dataset;
    for (const other of this.boxes) other.classList.toggle("chosen", other === box);
    this.line.replaceChildren(make("strong", {}, label));
    if (shape) this.line.append(" ", make("code", {}, shape));
    this.line.append(" ", make("em", {}, formula), ". ", box.querySelector("title").textContent);
    if (inside && this.open(inside, true)) {
      const more = make("button", { type: "button" }, "Open it");
      more.addEventListener("click", () => this.open(inside, false, box));
      this.line.append(" ", more);
    }
    const target = page && new URL(page, location);
    if (target && target.pathname !== location.pathname) {
      const where = target.origin === location.origin ? "Its chapter" : "Its chapter, in the original course";
      this.line.append(" ", make("a", { href: page }, where));
    }
  }

  choose(box) {
    this.tell(box);
    box.focus();
  }

  key(event, index) {
    const box = this.boxes[index];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = this.boxes[(index + step + this.boxes.length) % this.boxes.length];
      box.setAttribute("tabindex", -1);
      next.setAttribute("tabindex", 0);
      next.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      const { inside } = box.dataset;
      if (!(inside && this.open(inside, false, box))) this.line.querySelector("a")?.focus(); // to its chapter
    } else return;
    event.preventDefault();
  }
}

// The view moves into a box; then the box's own panel takes its place.
async function zoom(svg, box) {
  if (calm.matches || !box) return;
  const whole = svg.getAttribute("viewBox");
  const from = whole.split(" ").map(Number);
  const { x, y, width, height } = box.getBBox();
  const to = [x, y, width, height];
  const start = performance.now();
  await new Promise((done) => {
    const frame = (now) => {
      const share = Math.min(1, (now - start) / 350);
      const eased = share * share * (3 - 2 * share);
      svg.setAttribute("viewBox", from.map((value, i) => value + (to[i] - value) * eased).join(" "));
      if (share < 1) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  svg.setAttribute("viewBox", whole);
}

function explore(explorer) {
  const svgs = [...explorer.querySelectorAll("svg")];
  const buttons = make("div", { class: "diagram-buttons", role: "group", "aria-label": "Magnification" });
  const panels = [];
  let shown = 0;
  const show = (number) => {
    shown = number;
    for (const [i, svg] of svgs.entries()) {
      svg.toggleAttribute("hidden", i !== number);
      panels[i].line.hidden = i !== number;
      buttons.children[i].setAttribute("aria-pressed", i === number);
    }
  };
  const open = (key, asked, box) => {
    const number = svgs.findIndex((svg) => panelOf(svg) === key);
    if (number < 0 || asked) return number >= 0;
    zoom(svgs[shown], box).then(() => {
      show(number);
      const first = panels[number].boxes.find((other) => other.tabIndex === 0);
      first.focus({ preventScroll: true });
    });
    return true;
  };
  for (const [i, svg] of svgs.entries()) {
    panels.push(new Panel(svg, open));
    const button = make("button", { type: "button" }, titleOf(svg));
    button.addEventListener("click", () => show(i));
    buttons.append(button);
  }
  explorer.prepend(buttons);
  explorer.classList.add("alive");
  show(0);
}

const single = () =>
  [...document.querySelectorAll("figure.drawn > svg")].filter((svg) => svg.querySelector("[data-box]"));

// Alone in a chapter: the panel of a box is another figure of the page, if it is there.
function alone(svg) {
  const open = (key, asked) => {
    const other = single().find((found) => panelOf(found) === key);
    if (!other || asked) return Boolean(other);
    other.closest("figure").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
    other.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
    return true;
  };
  new Panel(svg, open);
}

document.querySelectorAll(".diagram-explorer").forEach(explore);
single().forEach(alone);
