/* Runs in the browser that draws the stills, never on a reader's: plotly's drawing of each figure's first state, as the
   least SVG that looks the same. `decoderStills(widths)` gives, for each figure of the page, its id, the heights to
   reserve and the SVG at each width. */
window.decoderStills = async (widths) => {
  "use strict";
  const { dress, tallest, isMatrix } = window.decoderFigures;
  const INK = "rgb(1, 2, 3)"; // no figure uses it: what is drawn in it follows the page's theme
  const GRID = "rgb(4, 5, 6)";
  const THEME = { [INK]: "currentColor", [GRID]: "var(--figure-grid)" };
  const MOST_RECTS = 400; // cells; a larger heat map becomes an image with a pixel for each
  const PAINT = {
    // property: [what the root of a still says, which paint it belongs to]
    fill: [INK, null],
    "fill-opacity": ["1", "fill"],
    stroke: ["none", null],
    "stroke-opacity": ["1", "stroke"],
    "stroke-width": ["1px", "stroke"],
    "stroke-dasharray": ["none", "stroke"],
    "shape-rendering": ["auto", null],
    opacity: ["1", null],
  };
  const TEXT = { "font-size": "13px", "font-weight": "400", "font-style": "normal", "text-anchor": "start" };
  const KANNADA = /[\u0c80-\u0cff]/;

  const short = (text) => text.replace(/-?\d*\.\d+(e-?\d+)?/g, (number) => String(Math.round(number * 10) / 10));
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const said = (name, value) => ` ${name}="${escaped(value)}"`;
  const colour = (value) => {
    const [, r, g, b, alpha] = value.match(/^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/) ?? [];
    if (r === undefined || alpha !== undefined) return THEME[value] ?? value;
    return THEME[value] ?? `#${[r, g, b].map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
  };
  const visible = (value) => value !== "none" && !/^rgba\(.*, 0\)$/.test(value);

  /* The address of a copy of a pattern that fills an element, by plotly's own address of it. */
  function pattern(fill, still) {
    const original = document.getElementById(fill.match(/#([^'")]+)/)[1]);
    let at = still.patterns.indexOf(original.id);
    if (at < 0) {
      at = still.patterns.push(original.id) - 1;
      const copy = original.cloneNode(true);
      copy.id = `${still.name}-p${at + 1}`;
      still.defs.push(new XMLSerializer().serializeToString(copy).replace(/ xmlns="[^"]*"/g, ""));
    }
    return `url(#${still.name}-p${at + 1})`;
  }

  /* The attributes of an element's paint, as far as they differ from what stands above it. */
  function paint(style, above, isText, still) {
    const shown = { fill: visible(style.fill) && style.fillOpacity !== "0" };
    shown.stroke = visible(style.stroke) && style.strokeOpacity !== "0" && style.strokeWidth !== "0px";
    let text = "";
    for (const [name, [, of]] of Object.entries(PAINT)) {
      if (of && !shown[of]) continue;
      let value = style.getPropertyValue(name);
      if (name in shown && !shown[name]) value = "none";
      if (name === "fill" && value.startsWith("url(")) value = pattern(value, still);
      if (value !== above[name]) text += said(name, name in shown ? colour(value) : value.replace(/px/g, ""));
    }
    if (isText) {
      for (const name of Object.keys(TEXT)) {
        const value = style.getPropertyValue(name);
        if (value !== above[name]) text += said(name, value.replace(/px$/, ""));
      }
    }
    return { text, shown: shown.fill || shown.stroke };
  }

  /* The same cells as rectangles, one path for each colour; as a small image where they are many. */
  async function cells(image, trace) {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(image.getAttribute(name)));
    const [rows, columns] = [trace.z.length, trace.z[0].length];
    const picture = new Image();
    picture.src = image.getAttribute("href") ?? image.getAttribute("xlink:href");
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    const small = new ImageData(columns, rows);
    const byColour = new Map();
    const gap = trace.xgap ? 0.5 : 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = [((j + 0.5) * picture.width) / columns, ((i + 0.5) * picture.height) / rows].map(Math.floor);
        const pixel = pen.getImageData(...at, 1, 1).data;
        small.data.set(pixel, 4 * (i * columns + j));
        if (pixel[3] === 0) continue;
        const place = `M${x + (j * width) / columns + gap} ${y + (i * height) / rows + gap}`;
        const [w, h] = [width / columns - 2 * gap, height / rows - 2 * gap];
        const key = colour(`rgb(${pixel[0]}, ${pixel[1]}, ${pixel[2]})`);
        byColour.set(key, `${byColour.get(key) ?? ""}${short(`${place}h${w}v${h}h${-w}z`)}`);
      }
    }
    if (rows * columns <= MOST_RECTS) {
      return [...byColour].map(([fill, d]) => `<path fill="${fill}" d="${d}"/>`).join("");
    }
    Object.assign(canvas, { width: columns, height: rows });
    canvas.getContext("2d").putImageData(small, 0, 0);
    const box = short(said("x", `${x}`) + said("y", `${y}`) + said("width", `${width}`) + said("height", `${height}`));
    const look = ' preserveAspectRatio="none" style="image-rendering:pixelated"';
    return `<image${box}${look} href="${canvas.toDataURL()}"/>`;
  }

  const KEPT = {
    path: ["d", "transform"],
    rect: ["x", "y", "width", "height", "rx", "transform"],
    circle: ["cx", "cy", "r", "transform"],
    line: ["x1", "y1", "x2", "y2", "transform"],
    text: ["x", "y", "dx", "dy", "transform"],
    tspan: ["x", "y", "dx", "dy"],
  };

  async function write(element, above, still) {
    const style = getComputedStyle(element);
    const tag = element.tagName;
    if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return "";
    if (tag === "image") return cells(element, still.heat.shift());
    if (!KEPT[tag]) return ["g", "svg"].includes(tag) ? group(element, above, still) : "";
    if (tag === "path" && !element.getAttribute("d")?.replace("M0,0Z", "")) return ""; // a layer without anything
    const isText = tag === "text" || tag === "tspan";
    let kept = "";
    for (const name of KEPT[tag]) {
      const value = element.getAttribute(name);
      if (value && (isText ? value !== "0em" : value !== "0")) kept += said(name, short(value));
    }
    if (tag === "rect" && !(Number(element.getAttribute("width")) && Number(element.getAttribute("height")))) return "";
    const { text, shown } = paint(style, above, isText, still);
    if (!isText) return shown ? `<${tag}${kept}${text}/>` : "";
    const inside = { ...above };
    for (const name of [...Object.keys(PAINT), ...Object.keys(TEXT)]) inside[name] = style.getPropertyValue(name);
    let words = "";
    for (const child of element.childNodes) {
      words += child.nodeType === Node.TEXT_NODE ? escaped(child.data) : await write(child, inside, still);
    }
    if (!words.trim()) return "";
    const language = [...element.childNodes].some((child) => child.nodeType === 3 && KANNADA.test(child.data));
    return `<${tag}${kept}${text}${language ? ' lang="kn"' : ""}>${words}</${tag}>`;
  }

  async function group(element, above, still) {
    let inner = "";
    for (const child of element.children) inner += await write(child, above, still);
    if (!inner) return "";
    let attributes = "";
    const moved = short(element.getAttribute("transform") ?? "");
    if (moved && moved !== "translate(0,0)") attributes += said("transform", moved);
    const clip = element.getAttribute("clip-path")?.match(/#([^'")]+)/);
    const box = clip && document.getElementById(clip[1])?.querySelector("rect");
    if (box && element.closest(".plot") && !inner.includes("<image") && inner.includes("<path")) {
      const name = `${still.name}-${(still.defs.length + 1).toString()}`;
      const rect = KEPT.rect.map((side) => (box.getAttribute(side) ? said(side, short(box.getAttribute(side))) : ""));
      still.defs.push(`<clipPath id="${name}"><rect${rect.join("")}/></clipPath>`);
      attributes += said("clip-path", `url(#${name})`);
    }
    const opacity = getComputedStyle(element).opacity;
    if (opacity !== "1") attributes += said("opacity", opacity);
    return attributes ? `<g${attributes}>${inner}</g>` : inner;
  }

  async function draw(start, id, width) {
    const place = document.createElement("div");
    place.style.cssText = `position: absolute; top: 0; left: 0; width: ${width}px;`;
    document.body.append(place);
    const family = getComputedStyle(document.body).fontFamily;
    const { data, layout } = dress(structuredClone(start), { ink: INK, grid: GRID, family, width, fixed: true });
    await window.Plotly.newPlot(place, data, layout, { displayModeBar: false, staticPlot: true });
    const still = { name: `${id}-${width}`, defs: [], patterns: [], heat: data.filter((t) => isMatrix(t) && t.visible !== false) };
    const above = { ...TEXT };
    for (const [name, [value]] of Object.entries(PAINT)) above[name] = value;
    let inner = "";
    for (const svg of place.querySelectorAll("svg.main-svg")) inner += await group(svg, above, still);
    window.Plotly.purge(place);
    place.remove();
    const box = `viewBox="0 0 ${width} ${layout.height}" width="${width}" height="${layout.height}"`;
    return `<svg ${box} aria-hidden="true">${still.defs.join("")}${inner}</svg>`;
  }

  await Promise.all([400, 700].map((bold) => document.fonts.load(`${bold} 13px "Noto Sans Kannada"`, "ಕ")));
  const stills = [];
  for (const element of document.querySelectorAll("figure.interactive")) {
    const json = (name) => JSON.parse(element.querySelector(`script.figure-${name}`)?.textContent ?? "null");
    const [start, record] = [json("start"), json("record")];
    const drawings = [];
    for (const width of widths) drawings.push(await draw(start, element.id, width));
    stills.push({ id: element.id, heights: widths.map((width) => tallest(start, record, width)), drawings });
  }
  return stills;
};
