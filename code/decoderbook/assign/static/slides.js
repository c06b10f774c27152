/* Starts reveal.js, and wakes each figure as its slide comes into view. */
(() => {
  "use strict";
  const { wake, address } = window.decoderFigures;
  const DARK_KEY = 68; // D
  const LARGEST = 1.25; // times its own size that a figure is drawn
  const root = document.documentElement;

  const system = matchMedia("(prefers-color-scheme: dark)");
  const settle = () => (root.dataset.theme = system.matches ? "dark" : "light");
  const turn = () => (root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark");
  settle();
  system.addEventListener("change", settle);

  /* A figure fills the room that its slide has for it. Plotly sees through a scale, so a mouse finds what it points at. */
  function fit(slide) {
    for (const body of slide.querySelectorAll(".figure-body")) {
      const place = body.parentElement;
      place.style.width = "";
      const rows = [place.clientWidth / body.offsetWidth, place.clientHeight / body.offsetHeight];
      const scale = Math.min(LARGEST, ...rows);
      body.style.transform = `scale(${scale})`;
      place.style.width = `${body.offsetWidth * scale}px`;
    }
  }
  function show(slide) {
    fit(slide);
    slide.querySelectorAll("figure.interactive").forEach(wake);
  }

  /* Inside a figure the keys are the figure's; Escape gives them back to the slides. */
  document.querySelectorAll(".figure-body").forEach((body) =>
    body.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") event.target.blur();
    }),
  );

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
