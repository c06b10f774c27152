/* The buttons of a slider that plays: a step back, play or pause, a step on. Nothing plays by itself. */
(() => {
  "use strict";
  const figures = (window.decoderFigures ??= {});
  const PACE = 900; // ms that a value stays

  class Play {
    /* `go(position)` shows the value at a position; the slider is moved by it. */
    constructor(buttons, slider, go) {
      [this.back, this.button, this.on] = buttons.querySelectorAll("button");
      Object.assign(this, { slider, go });
      this.back.addEventListener("click", () => this.step(-1));
      this.on.addEventListener("click", () => this.step(1));
      this.button.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
      slider.addEventListener("input", () => this.pause()); // a hand on the slider takes over
      document.addEventListener("visibilitychange", () => document.hidden && this.pause());
      new IntersectionObserver(([entry]) => entry.isIntersecting || this.pause()).observe(slider.closest("figure"));
    }

    get last() {
      return Number(this.slider.max);
    }

    step(by) {
      this.pause();
      this.go(Math.min(this.last, Math.max(0, Number(this.slider.value) + by)));
    }

    play() {
      const now = Number(this.slider.value);
      this.go(now >= this.last ? 0 : now + 1);
      this.timer = setInterval(() => {
        this.go(Number(this.slider.value) + 1);
        if (Number(this.slider.value) >= this.last) this.pause();
      }, PACE);
      this.show(true);
      if (Number(this.slider.value) >= this.last) this.pause();
    }

    pause() {
      clearInterval(this.timer);
      this.timer = undefined;
      this.show(false);
    }

    show(playing) {
      this.button.setAttribute("aria-label", this.button.dataset[playing ? "pause" : "play"]);
      this.button.classList.toggle("playing", playing);
    }
  }

  figures.Play = Play;
})();
