import { h } from "./dom.js";
export const createTree = () => ({ element: h("div"), update() {} });
