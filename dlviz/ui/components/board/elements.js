// Making elements: make("button", {class: "chip", onclick: add}, "Add").

import { grouped, shape } from "./make.js";

export { grouped };

const OWN = new Set(["value", "checked", "disabled", "hidden", "tabIndex", "textContent", "type", "open"]);

/** An element with properties, attributes, listeners (`on…`) and children; what is null, undefined or false is left out. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-")) made.setAttribute(name, String(value));
    else if (OWN.has(name)) made[name] = value;
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A button with words. */
export function button(words, onclick, properties = {}) {
  return make("button", { type: "button", onclick, ...properties }, words);
}

/** A sentence whose `code` is set as code. */
export function sentence(text, tag = "p", properties = {}) {
  const parts = text.split("`");
  return make(tag, properties, ...parts.map((part, place) => (place % 2 ? make("code", {}, part) : part)));
}

const ICONS = {
  up: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  down: "M8 3v10M3.5 8.5 8 13l4.5-4.5",
  add: "M8 3v10M3 8h10",
  copy: "M5.5 5.5h7v7h-7zM3.5 10.5v-7h7",
  gone: "M4 4l8 8M12 4l-8 8",
  settings: "M2 5h12M2 11h12M5 3v4M11 9v4",
  warning: "M8 2.2 14.4 13.4H1.6ZM8 6.4v3.2M8 11.4v.4",
  open: "M3 6V3h3M13 6V3h-3M3 10v3h3M13 10v3h-3",
  link: "M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.4 6.6a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
  save: "M8 2.5v7.5M4.5 7 8 10.5 11.5 7M3 13.5h10",
};

/** A small drawing for a button. */
export function icon(name) {
  return shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "sign" }, shape("path", { d: ICONS[name] }));
}

/** The element that has the focus, within the tree (shadowed or not) in which `element` stands. */
export function focused(element) {
  return element.getRootNode().activeElement ?? null;
}

/** 1 layer, 3 layers. */
export function count(many, one) {
  return `${grouped(many)} ${one}${many === 1 ? "" : "s"}`;
}

/** Bytes as people read them. */
export function size(bytes) {
  const [unit, scale] = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find(([, each]) => bytes >= each) ?? ["B", 1];
  return `${Number((bytes / scale).toPrecision(3))} ${unit}`;
}

let last = 0;

/** An id that no other element on the page has. */
export function fresh() {
  last += 1;
  return `board-${last}`;
}
