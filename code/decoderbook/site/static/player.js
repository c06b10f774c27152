/* Brings the figures of a page to life, each when a reader touches it. Until then its still stands in its place: plotly
   takes a slow phone seconds to read and to draw. Each <figure class="interactive"> holds its start figure and, for
   explore, its record as inert JSON, which is read as late. */
(() => {
  "use strict";
  const NEEDED = ["frame", "dress", "setText", "canMove", "fillTable", "followHover", "pointAt", "address", "Play"];
  const found = window.decoderFigures ?? {};
  if (NEEDED.some((name) => !found[name])) {
    const says = "This figure cannot answer, because a script did not load. Load the page again to try once more.";
    document.querySelectorAll("figure.interactive .figure-said").forEach((said) => (said.textContent = says));
    return;
  }
  const { frame, dress, setText, canMove, fillTable, followHover, pointAt, address, Play } = found;

  const HERE = document.currentScript.src; // none where the script stands in the page itself, with plotly before it
  const DWELL = 150; // ms that a mouse rests on a figure before it is meant, not passed by scrolling
  const QUIET = 350; // ms without a change before a screen reader hears of it
  const MOVE = 450; // ms in which curves and bars move to a step's values
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const PRINT_WIDTH = 640; // px; fits A4 and Letter
  const STILLNESS = matchMedia("(prefers-reduced-motion: reduce)");

  let plotly = null; // the promise of the library; none after a failure, so that the next touch tries again
  function loadPlotly() {
    if (window.Plotly) plotly ??= Promise.resolve(window.Plotly);
    plotly ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("plotly-cartesian.min.js", HERE).href;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        plotly = null;
        script.remove();
        reject(new Error("plotly did not load"));
      };
      document.head.append(script);
    });
    return plotly;
  }

  let printing = false;

  class Player {
    constructor(element) {
      const one = (selector) => element.querySelector(selector);
      this.element = element;
      this.place = one(".figure-plot");
      this.plot = one(".figure-live");
      this.said = one(".figure-said");
      this.values = one(".figure-values");
      this.details = one(".figure-data");
      this.fields = [...element.querySelectorAll(".figure-control :is(input, select)")];
      this.fields.forEach((field) => field.addEventListener("input", () => this.changed(field)));
      element.querySelectorAll(".figure-play").forEach((buttons) => {
        const slider = buttons.parentElement.querySelector("input");
        new Play(buttons, slider, (position) => this.go(slider, position));
      });
      this.details?.addEventListener("toggle", () => this.details.open && fillTable(this.details, this.figure));
      one(".figure-copy")?.addEventListener("click", (event) => this.copy(event.target));
      this.awaitTouch();
    }

    json(name) {
      return JSON.parse(this.element.querySelector(`script.figure-${name}`)?.textContent ?? "null");
    }

    get start() {
      return (this.started ??= this.json("start"));
    }

    get record() {
      if (this.recorded === undefined) this.recorded = this.json("record");
      return this.recorded;
    }

    get positions() {
      return this.fields.map((field) => Number(field.value));
    }

    get figure() {
      return frame(this.start, this.record, this.positions);
    }

    /* A tap, a mouse that stays, or the keyboard; a finger or a wheel that scrolls past is none of these. */
    awaitTouch() {
      let dwell = null;
      const passed = () => {
        clearTimeout(dwell);
        dwell = null;
      };
      const come = (event) => {
        if (event.pointerType === "mouse") dwell ??= setTimeout(() => this.wake(), DWELL);
      };
      ["pointerenter", "pointermove"].forEach((kind) => this.place.addEventListener(kind, come));
      this.place.addEventListener("pointerleave", passed);
      document.addEventListener("scroll", passed, { passive: true, capture: true });
      this.element.addEventListener("focusin", (event) => event.target.closest(".figure-controls") && this.wake());
      this.place.addEventListener("click", (event) => this.tapped(event));
    }

    wake() {
      if (!this.drawn) this.draw();
    }

    /* Show what lies under a tap, once the figure is drawn; the page may have been scrolled meanwhile. */
    async tapped({ clientX, clientY }) {
      const top = this.place.getBoundingClientRect().top;
      await (this.drawing ?? this.draw());
      pointAt(this.plot, clientX, clientY + this.place.getBoundingClientRect().top - top);
    }

    /* Show the value at a position of a slider; curves and bars move there. */
    go(slider, position) {
      if (Number(slider.value) === position) return;
      slider.value = position;
      this.moving = !STILLNESS.matches;
      this.changed(slider);
    }

    showValue(field) {
      if (field.type !== "range") return;
      const text = String(this.record.controls[this.fields.indexOf(field)].values[field.value]);
      field.setAttribute("aria-valuetext", text);
      this.element.querySelector(`output[for="${field.id}"]`).textContent = text;
    }

    changed(field) {
      this.showValue(field);
      setText(this.said, ""); // what lay under a mouse is another value now
      this.step();
      address.follow(() => this.hash);
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => this.tell(), QUIET);
    }

    get hash() {
      return address.write(this.element.id, this.record, this.positions);
    }

    /* The description follows the figure; a screen reader hears which values it now shows, which all others see at the controls. */
    tell() {
      const { controls } = this.record;
      setText(this.element.querySelector(".figure-description"), this.figure.layout.meta.alt);
      setText(this.values, controls.map(({ label, values }, i) => `${label} ${values[this.positions[i]]}`).join(", ").replaceAll("_", " "));
    }

    /* Take the values of an address; what it does not name stays as it is. */
    take(values) {
      if (!this.record) return;
      address.positions(this.record, values, this.positions).forEach((position, i) => {
        this.fields[i].value = position;
        this.showValue(this.fields[i]);
      });
      this.step();
      this.tell();
    }

    async copy(button) {
      setText(this.said, await address.copy(new URL(this.hash, location).href, button));
    }

    /* At once, and then at most once per animation frame: a dragged slider asks faster than the screen shows. */
    step() {
      this.again = this.busy;
      if (this.busy) return;
      this.busy = true;
      if (this.details?.open) fillTable(this.details, this.figure);
      this.draw();
      requestAnimationFrame(() => {
        this.busy = false;
        if (this.again) this.step();
      });
    }

    draw() {
      this.drawing = this.redraw();
      return this.drawing;
    }

    dressed() {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(name).trim();
      const figure = dress(this.figure, {
        ink: colour("--figure-ink"),
        grid: colour("--figure-grid"),
        family: getComputedStyle(document.body).fontFamily,
        width: printing ? PRINT_WIDTH : this.place.clientWidth,
        fixed: printing,
      });
      if (this.moving && figure.data.every(canMove)) {
        figure.layout.transition = { duration: MOVE, easing: "cubic-in-out", ordering: "traces first" };
      }
      this.moving = false;
      return figure;
    }

    async redraw() {
      const { dataset } = this.element;
      if (dataset.state === "failed") setText(this.said, "");
      if (!this.drawn) dataset.state = "waking";
      let library;
      try {
        library = await loadPlotly();
      } catch {
        return this.fail("This figure cannot answer, because its script did not load. Touch it again to try once more.");
      }
      const first = !this.drawn;
      this.drawn = true;
      try {
        const { data, layout } = this.dressed();
        await library.react(this.plot, data, layout, CONFIG);
        dataset.state = "drawn";
        if (first) followHover(this.place, this.said);
      } catch {
        if (first) library.purge(this.plot);
        this.drawn = !first;
        this.fail("These values could not be drawn. Choose others.");
      }
    }

    /* What is drawn stays; where nothing is, the still stands, and the next touch tries again. */
    fail(says) {
      if (!this.drawn) {
        this.element.dataset.state = "failed";
        this.drawing = null;
      }
      setText(this.said, says);
    }

    /* Synchronous, because the browser prints as soon as its event has been handled; a still prints as it is. */
    print() {
      const { data, layout } = this.dressed();
      window.Plotly.react(this.plot, data, layout, CONFIG).catch(() => {}); // what was drawn before is printed
    }
  }

  const players = new Map([...document.querySelectorAll("figure.interactive")].map((e) => [e.id, new Player(e)]));
  found.wake = (element) => players.get(element.id).wake(); // for slides: a figure that comes into view is meant
  const drawn = () => [...players.values()].filter((player) => player.drawn);

  function open() {
    const asked = address.read(location.hash);
    const player = asked && players.get(asked.id);
    if (!player) return;
    const scroll = () => player.element.scrollIntoView({ block: "start" });
    scroll();
    // Fonts and stills still move things while the page loads.
    if (document.readyState !== "complete") window.addEventListener("load", () => setTimeout(scroll), { once: true });
    if (asked.values.size) player.take(asked.values);
    else player.wake();
  }
  open();
  window.addEventListener("hashchange", open);

  const redraw = () => drawn().forEach((player) => player.draw());
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.addEventListener("beforeprint", () => {
    printing = true;
    drawn().forEach((player) => player.print());
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    redraw();
  });
})();
