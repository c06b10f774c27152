/* What a mouse or a tap points at: its words under the plot, and a ring around a heat map's cell. */
(() => {
  "use strict";
  const figures = (window.decoderFigures ??= {});

  /* The words of plotly's own labels, whose lines are tspans where there is more than one. */
  function words(plot) {
    const linesOf = (text) => (text.querySelector("tspan.line") ? [...text.querySelectorAll("tspan.line")] : [text]);
    return [...plot.querySelectorAll(".hoverlayer .hovertext")]
      .map((label) => [...label.querySelectorAll("text")].flatMap(linesOf).map((line) => line.textContent.trim()))
      .map((lines) => lines.filter(Boolean).join(" · "))
      .filter(Boolean)
      .join("; ");
  }

  /* Lay the ring around the cell at x, y; both are positions on axes that count cells. */
  function ringAround(ring, { xaxis, yaxis, x, y }) {
    for (const [axis, at, side, size] of [
      [xaxis, x, "left", "width"],
      [yaxis, y, "top", "height"],
    ]) {
      const step = Math.abs(axis.d2p(1) - axis.d2p(0));
      ring.style[side] = `${axis._offset + axis.d2p(at) - step / 2}px`;
      ring.style[size] = `${step}px`;
    }
  }

  function followHover(place, said) {
    const plot = place.querySelector(".figure-live");
    const ring = place.querySelector(".figure-ring");
    const tell = ({ points: [point] }) => {
      const text = words(plot);
      if (text) figures.setText(said, text);
      // A heat map's own label would hide the neighbouring cells.
      const inCell = point !== undefined && figures.isMatrix(point.data);
      place.classList.toggle("in-cell", inCell);
      ring.hidden = !inCell;
      if (inCell) ringAround(ring, point);
    };
    plot.on("plotly_hover", tell);
    plot.on("plotly_click", tell); // a tap: plotly finds what lies there without telling of a hover
    const leave = () => (ring.hidden = true);
    plot.on("plotly_unhover", leave);
    plot.on("plotly_afterplot", leave);
  }

  /* A finger has no hover: tell plotly of a mouse where the tap was. */
  function pointAt(plot, clientX, clientY) {
    const under = document.elementFromPoint(clientX, clientY);
    if (!plot.contains(under)) return;
    under.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true, view: window }));
  }

  Object.assign(figures, { followHover, pointAt });
})();
