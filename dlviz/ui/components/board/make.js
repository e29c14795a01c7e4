// Small makers of elements.

const ICONS = {
  undo: "M6 3 3 6l3 3M3.5 6H9a4 4 0 0 1 0 8H7",
  redo: "M10 3l3 3-3 3M12.5 6H7a4 4 0 0 0 0 8h2",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3M6 8h4",
  full: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  small: "M6 2.5V6H2.5M13.5 6H10V2.5M10 13.5V10h3.5M2.5 10H6v3.5",
  left: "M2.5 3h11v10h-11zM6.5 3v10",
  right: "M2.5 3h11v10h-11zM9.5 3v10",
  tidy: "M2 3h4v4H2zM10 3h4v4h-4zM10 10h4v4h-4zM6 5h4M8 5v7h2",
  copy: "M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5",
  gone: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M7 7v4M9 7v4",
  group: "M2.5 2.5h11v11h-11zM5 5h3v3H5zM8.5 8.5h3v3h-3z",
  apart: "M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM9 7l4-4M13 6V3h-3",
  link: "M2 8a1.8 1.8 0 1 0 3.6 0A1.8 1.8 0 1 0 2 8M5.6 8h4.8M10.4 8a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0",
  keys: "M1.5 4h13v8h-13zM4 6.5h.5M7 6.5h.5M10 6.5h.5M5 9.5h6",
  close: "M4 4l8 8M12 4l-8 8",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
};

export function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function icon(name) {
  return shape("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, shape("path", { d: ICONS[name] }));
}

/** A button with an icon; `title` is what it does, with its key in brackets. */
export function button(title, name, act) {
  const made = element("button", `tool tool-${name}`);
  made.type = "button";
  made.title = title;
  made.setAttribute("aria-label", title.replace(/ \(.*\)$/, ""));
  made.append(icon(name));
  made.onclick = act;
  return made;
}

/** 166618 as 166,618. */
export function grouped(number) {
  return Number(number ?? 0).toLocaleString("en");
}

/** 166618 as 167 k: for places where there is little room. */
export function short(number) {
  for (const [many, sign] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (number >= many) return `${(number / many).toPrecision(3).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")} ${sign}`;
  return String(number);
}
