/* Draws the figures of a page and replays the recorded ones. Classic script, loaded with defer.
   Each <figure class="interactive"> holds its start figure and, for explore, its record as inert JSON.
   plotly is fetched once, and only when a figure comes near the window. */
(() => {
  "use strict";

  const PLOTLY = new URL("plotly-cartesian.min.js", document.currentScript.src).href;
  const NEAR = "400px"; // how far below or above the window a figure is drawn already
  const QUIET = 350; // ms without a change before a screen reader hears the new text
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const PRINT_WIDTH = 640; // px; fits A4 and Letter

  let plotly = null; // the promise of the library
  function loadPlotly() {
    plotly ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = PLOTLY;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });
    return plotly;
  }

  /* The start figure with every recorded path set to this frame's value. Frames lie in C order: last control fastest. */
  function frame(start, record, positions) {
    const figure = structuredClone(start);
    if (!record) return figure;
    const index = record.controls.reduce((sum, control, i) => sum * control.values.length + positions[i], 0);
    const changes = record.frames[index];
    for (let i = 0; i < changes.length; i += 2) {
      const path = record.paths[changes[i]];
      let place = figure;
      for (const key of path.slice(0, -1)) place = place[key];
      place[path.at(-1)] = structuredClone(record.values[changes[i + 1]]);
    }
    return figure;
  }

  /* Colours and behaviour of the page: the figure brings its data, the theme its ink. */
  let width; // px while printing, else undefined: as wide as its place
  function dress(figure) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const layout = figure.layout;
    const ink = colour("--figure-ink");
    layout.font = { ...layout.font, color: ink, family: getComputedStyle(document.body).fontFamily };
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.autosize = width === undefined;
    layout.width = width;
    layout.dragmode = false; // a finger scrolls the page
    delete layout.transition; // nothing moves by itself, whatever the reader's motion setting
    layout.hoverlabel = { ...layout.hoverlabel, font: { family: layout.font.family } };
    const axes = new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis/.test(key))]);
    for (const axis of axes) {
      const line = { color: ink, gridcolor: colour("--figure-grid"), zerolinecolor: colour("--figure-grid") };
      layout[axis] = { automargin: true, ...layout[axis], ...line, fixedrange: true };
    }
    return figure;
  }

  /* Put text into an element, with Kannada marked as such for voices and fonts. */
  function setText(element, text) {
    const parts = text.split(/([\u0c80-\u0cff][\u0c80-\u0cff\u200c\u200d]*)/);
    element.replaceChildren(
      ...parts.map((part, i) => (i % 2 ? Object.assign(document.createElement("span"), { lang: "kn", textContent: part }) : part)),
    );
  }

  const isMatrix = (trace) => Array.isArray(trace.z);
  const cell = (value) => (value === null || value === undefined ? "–" : String(value).replace(/^-/, "−"));

  /* What an axis writes beside a position: its tick text, the trace's own label, or the number. */
  function labels(values, count, axis) {
    const all = values ?? Array.from({ length: count }, (_, i) => i);
    if (!axis?.ticktext || !axis.tickvals) return all.map(cell);
    return all.map((value) => cell(axis.ticktext[axis.tickvals.indexOf(value)] ?? value));
  }

  const axisOf = (layout, trace, letter) => layout[(trace[letter + "axis"] ?? letter).replace(/^([xy])/, "$1axis")];
  const plain = (html) => new DOMParser().parseFromString(html ?? "", "text/html").body.textContent;
  const titleOf = (axis) => plain(axis?.title?.text ?? axis?.title ?? "");

  /* The data of a figure as tables: {caption, head: [text], rows: [[row header, value, …]]}. */
  function tables(figure) {
    const own = figure.layout.meta.table; // where the traces do not say it: {columns, rows}
    if (own?.columns) return [{ caption: "", head: own.columns, rows: own.rows.map((row) => row.map(cell)) }];
    const found = [];
    const series = new Map(); // curves over the same x share a table
    figure.data.forEach((trace, number) => {
      if (trace.visible === false) return;
      const [x, y] = ["x", "y"].map((letter) => axisOf(figure.layout, trace, letter));
      if (isMatrix(trace)) {
        const caption = plain(trace.name) || titleOf(x) || `Part ${number + 1}`;
        const rowNames = labels(trace.y, trace.z.length, y);
        const rows = trace.z.map((row, i) => [rowNames[i], ...Array.from(row, cell)]);
        const corner = [titleOf(y), titleOf(x)].filter(Boolean).join(" \\ ");
        found.push({ caption, head: [corner, ...labels(trace.x, trace.z[0].length, x)], rows });
        return;
      }
      const [across, along] = trace.orientation === "h" ? [trace.y, trace.x] : [trace.x, trace.y];
      const axis = trace.orientation === "h" ? y : x;
      const names = labels(across, (along ?? []).length, axis);
      const key = `${trace.xaxis}${trace.yaxis}${names}`;
      if (!series.has(key)) {
        series.set(key, { caption: "", head: [titleOf(axis)], rows: names.map((name) => [name]) });
        found.push(series.get(key));
      }
      const table = series.get(key);
      table.head.push(plain(trace.name) || titleOf(trace.orientation === "h" ? x : y) || "value");
      table.rows.forEach((row, i) => row.push(cell(along?.[i])));
    });
    return found;
  }

  function tableElement({ caption, head, rows }) {
    const table = document.createElement("table");
    if (caption) setText(table.createCaption(), caption);
    const add = (row, text, scope) => {
      const element = document.createElement(scope ? "th" : "td");
      if (scope) element.scope = scope;
      setText(element, text);
      row.append(element);
    };
    const headRow = table.createTHead().insertRow();
    head.forEach((text) => add(headRow, text || "\u00a0", text ? "col" : null));
    const body = table.createTBody();
    for (const [name, ...values] of rows) {
      const row = body.insertRow();
      add(row, name, "row");
      values.forEach((value) => add(row, value));
    }
    return table;
  }

  class Player {
    constructor(element) {
      const json = (name) => JSON.parse(element.querySelector(`script.figure-${name}`)?.textContent ?? "null");
      this.element = element;
      this.plot = element.querySelector(".figure-plot");
      this.caption = element.querySelector("figcaption");
      this.details = element.querySelector(".figure-data");
      this.start = json("start");
      this.record = json("record");
      this.fields = [...element.querySelectorAll(".figure-control :is(input, select)")];
      this.fields.forEach((field) => field.addEventListener("input", () => this.changed(field)));
      this.details?.addEventListener("toggle", () => this.fillTable());
    }

    get figure() {
      return frame(this.start, this.record, this.fields.map((field) => Number(field.value)));
    }

    changed(field) {
      if (field.type === "range") {
        const text = String(this.record.controls[this.fields.indexOf(field)].values[field.value]);
        field.setAttribute("aria-valuetext", text);
        field.nextElementSibling.textContent = text;
      }
      this.step();
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => setText(this.caption, this.figure.layout.meta.alt), QUIET);
    }

    /* At once, and then at most once per animation frame: a dragged slider asks faster than the screen shows. */
    step() {
      this.again = this.busy;
      if (this.busy) return;
      this.busy = true;
      this.fillTable();
      if (this.drawn) this.draw();
      requestAnimationFrame(() => {
        this.busy = false;
        if (this.again) this.step();
      });
    }

    async draw() {
      try {
        const library = await loadPlotly();
        const { data, layout } = dress(this.figure);
        this.drawn = true;
        await library.react(this.plot, data, layout, CONFIG);
        this.element.dataset.state = "drawn";
      } catch {
        this.element.dataset.state = "failed";
        this.plot.removeAttribute("role");
        this.plot.textContent =
          "This figure could not be drawn, because its script did not load. The text and the table below say what it shows.";
      }
    }

    /* Synchronous, because the browser prints as soon as its event has been handled. */
    print() {
      if (!window.Plotly) return;
      const { data, layout } = dress(this.figure);
      window.Plotly.react(this.plot, data, layout, CONFIG);
      this.drawn = true;
    }

    fillTable() {
      this.details?.querySelector(".figure-table")?.remove();
      if (!this.details?.open) return;
      const region = document.createElement("div");
      region.className = "figure-table";
      region.tabIndex = 0;
      region.setAttribute("role", "region");
      region.setAttribute("aria-label", `Data of ${this.element.id.replace("-", " ")}`);
      region.append(...tables(this.figure).map(tableElement));
      this.details.append(region);
    }
  }

  const players = new Map([...document.querySelectorAll("figure.interactive")].map((e) => [e, new Player(e)]));
  const redraw = () => players.forEach((player) => player.drawn && player.draw());

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        players.get(target).draw();
      }
    },
    { rootMargin: NEAR },
  );
  players.forEach((_, element) => near.observe(element));

  new MutationObserver(() => redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.addEventListener("beforeprint", () => {
    width = PRINT_WIDTH;
    players.forEach((player) => player.print());
  });
  window.addEventListener("afterprint", () => {
    width = undefined;
    redraw();
  });
})();
