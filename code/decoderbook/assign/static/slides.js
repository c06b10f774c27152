/* Starts reveal.js, and wakes each figure as its slide comes into view. */
(() => {
  "use strict";
  const { wake, address } = window.decoderFigures;
  const DARK_KEY = 68; // D
  const LARGEST = 1.25; // times its own size that a figure is drawn
  const LEAST = 16; // px of the smallest letters on a slide of 1280 × 720
  const SMALL_PRINT = /<br>(?=<span style='font-size)/g; // begins a line of its own
  const TIGHT = 17; // px; where letters have to be larger than this, the plot has no room for that line
  const TURNS = ["PageUp", "PageDown"];
  const root = document.documentElement;

  const system = matchMedia("(prefers-color-scheme: dark)");
  const settle = () => (root.dataset.theme = system.matches ? "dark" : "light");
  const turn = () => (root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark");
  settle();
  system.addEventListener("change", settle);

  /* A figure fills the room that its slide has for it; a tall one is drawn wider than it is shown. Plotly sees through a
     scale, so a mouse finds what it points at. */
  function fit(slide) {
    for (const body of slide.querySelectorAll(".figure-body")) {
      const place = body.parentElement;
      let scale = LARGEST;
      for (let round = 0; round < 2; round++) { // the controls of a narrower figure may take another line
        body.style.width = `${place.clientWidth / scale}px`;
        body.style.setProperty("--least", `${LEAST / scale}px`);
        scale = Math.min(scale, place.clientHeight / body.offsetHeight);
      }
      body.style.width = `${place.clientWidth / scale}px`;
      body.style.transform = `scale(${scale})`;
    }
  }

  /* A room reads from afar: no letter of a plot is smaller than LEAST on the slide. */
  function enlarge(value, least) {
    if (typeof value === "string") {
      const lines = least > TIGHT ? value.replace(SMALL_PRINT, "\u00a0\u00a0 ") : value;
      return lines.replace(/font-size:([\d.]+)px/g, (_, size) => `font-size:${Math.max(size, least)}px`);
    }
    if (Array.isArray(value)) return value.map((item) => enlarge(item, least));
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    const larger = Object.entries(value).map(([key, item]) => [key, enlarge(item, least)]);
    for (const [key, item] of larger) if (/font$/.test(key) && item?.size) item.size = Math.max(item.size, least);
    return Object.fromEntries(larger);
  }
  const { react } = window.Plotly;
  window.Plotly.react = (plot, data, layout, config) => {
    const least = parseFloat(plot.closest(".figure-body").style.getPropertyValue("--least"));
    return react(plot, enlarge(data, least), enlarge(layout, least), config);
  };

  function show(slide) {
    fit(slide);
    slide.querySelectorAll("figure.interactive").forEach(wake);
  }

  /* Inside a figure the keys are the figure's, except those that a presenter's remote sends. Escape gives them back to
     the slides, and so does a pointer that has done its work. */
  document.querySelectorAll(".figure-body").forEach((body) => {
    let pointed = false;
    const leave = () => pointed && document.activeElement.blur();
    body.addEventListener("pointerdown", () => (pointed = true));
    body.addEventListener("change", leave);
    body.addEventListener("click", ({ target }) => target.closest("select") || leave()); // a choice is not made yet
    body.addEventListener("keydown", (event) => {
      pointed = false;
      const turns = TURNS.includes(event.key);
      if (turns || event.key === "Escape") event.target.blur();
      if (!turns) event.stopPropagation();
    });
  });

  const asked = document.getElementById(address.read(location.hash)?.id ?? "")?.closest("section");
  const deck = window.Reveal;
  deck.on("ready", () => document.fonts.ready.then(() => {
    if (deck.isPrintView()) document.querySelectorAll(".slides section section").forEach(show);
    else show(deck.getCurrentSlide());
    root.dataset.ready = "true";
  }));
  deck.on("slidechanged", ({ currentSlide }) => show(currentSlide));
  deck
    .initialize({
      width: 1280,
      height: 720,
      margin: 0,
      center: false,
      hash: true,
      navigationMode: "linear",
      slideNumber: "c/t",
      transition: "none",
      backgroundTransition: "none",
      controlsTutorial: false,
      keyboard: { [DARK_KEY]: turn },
      plugins: [window.RevealNotes],
    })
    .then(() => {
      if (!asked) return;
      const { h, v } = deck.getIndices(asked);
      deck.slide(h, v);
    });
})();
