/* The decoder at work in a notebook: what anywidget asks for. The weights come from the kernel, the choice goes back to it. */

import { h } from "./dom.js";
import { openWeights } from "./loader.js";
import { BEGINNING } from "./choice.js";
import { PANELS, createWorkbench } from "./workbench.js";

export function render({ model, el }) {
  const { buffer, byteOffset, byteLength } = model.get("weights");
  const place = h("div", { class: "decoder" }), root = h("div", { class: "workbench" });
  place.append(root);
  el.append(place);
  const choice = { ...BEGINNING, ...model.get("choice") };
  const session = createWorkbench(root, {
    ...openWeights(buffer.slice(byteOffset, byteOffset + byteLength)), choice, panels: model.get("panels").length ? model.get("panels") : PANELS, asks: model.get("asks"),
    onChange(now) {
      if (JSON.stringify(now) === JSON.stringify(model.get("choice"))) return;
      model.set("choice", { ...now });
      model.save_changes();
    },
  });
  const follow = () => JSON.stringify(session.choice) === JSON.stringify({ ...BEGINNING, ...model.get("choice") }) || session.set(model.get("choice"));
  model.on("change:choice", follow);
  return () => model.off("change:choice", follow);
}
