/* What a figure shows: its recorded frames, in the page's colours and at the size of its place.
   Classic scripts, loaded with defer, because a page opened from a folder may load no modules; they share one object. */
(() => {
  "use strict";
  const figures = (window.decoderFigures ??= {});
  const NARROW = 560; // px; below it a plot stands on a phone
  const DEFAULT_HEIGHT = 450; // plotly's own, in px

  const isMatrix = (trace) => Array.isArray(trace.z);
  const isCurve = (trace) => trace.type === "scatter" || trace.type === "bar" || trace.type === undefined;
  const canMove = (trace) => isCurve(trace) && !trace.marker?.pattern?.shape; // plotly fails where a pattern moves

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

  /* The figure's own height; on a phone less where nothing is lost by it, so that it fits the screen with its controls. */
  function height({ data, layout }, width) {
    const own = layout.height ?? DEFAULT_HEIGHT;
    if (width >= NARROW || data.length === 0) return own;
    const margins = (layout.margin?.t ?? 50) + (layout.margin?.b ?? 50);
    const written = layout.annotations?.length || layout.shapes?.length || data.some((trace) => trace.text);
    const vertical = data.every((trace) => isCurve(trace) && trace.orientation !== "h");
    if (vertical && !written && !layout.yaxis2) return Math.min(own, margins + 260);
    const oneLine = data.length === 1 && isMatrix(data[0]) && !/<br>/.test(JSON.stringify([data[0].text, data[0].texttemplate]));
    if (oneLine) return Math.min(own, 170 + 34 * data[0].z.length);
    return own;
  }

  /* The height of the tallest frame: what is reserved for the plot, so that no choice moves what follows. */
  function tallest(start, record, width) {
    if (!record) return height(start, width);
    const counts = record.controls.map((control) => control.values.length);
    return Math.max(
      ...record.frames.map((_, index) => {
        const positions = counts.map(() => 0);
        for (let i = counts.length - 1, rest = index; i >= 0; i--) {
          positions[i] = rest % counts[i];
          rest = Math.floor(rest / counts[i]);
        }
        return height(frame(start, record, positions), width);
      }),
    );
  }

  /* Colours and behaviour of the page: the figure brings its data, the page its ink. */
  function dress(figure, { ink, grid, family, width, fixed }) {
    const layout = figure.layout;
    layout.height = height(figure, width);
    layout.font = { ...layout.font, color: ink, family };
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.autosize = !fixed;
    layout.width = fixed ? width : undefined;
    layout.dragmode = false; // a finger scrolls the page
    delete layout.transition; // nothing moves by itself, whatever the reader's motion setting
    layout.hoverlabel = { ...layout.hoverlabel, namelength: -1, font: { family } };
    const axes = new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis/.test(key))]);
    for (const axis of axes) {
      const line = { color: ink, gridcolor: grid, zerolinecolor: grid };
      layout[axis] = { automargin: true, ...layout[axis], ...line, fixedrange: true };
    }
    return figure;
  }

  /* Put text into an element, with Kannada marked as such for voices and fonts. */
  function setText(element, text) {
    const parts = text.split(/([\u0c80-\u0cff][\u0c80-\u0cff\u200c\u200d]*)/);
    const marked = (part) => Object.assign(document.createElement("span"), { lang: "kn", textContent: part });
    element.replaceChildren(...parts.map((part, i) => (i % 2 ? marked(part) : part)));
  }

  Object.assign(figures, { frame, tallest, dress, setText, isMatrix, canMove });
})();
