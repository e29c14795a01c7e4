// Elements, in one line each.

const OWN = new Set(["textContent", "value", "disabled", "hidden", "tabIndex", "type", "src"]);

/** An element; `on…` are listeners, what is null, undefined or false is left out. */
export function make(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (OWN.has(name)) made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** How a plot is to be read: one sentence. */
export function reading(sentence) {
  return make("p", { class: "reading" }, sentence);
}

/** Buttons of which one is pressed. `options`: [value, words]. */
export function choice(label, options, chosen, choose) {
  const group = make("div", { class: "choice", role: "group", "aria-label": label });
  for (const [value, words] of options)
    group.append(make("button", {
      type: "button", "data-value": value, "aria-pressed": String(value === chosen),
      onclick: () => { for (const each of group.children) each.setAttribute("aria-pressed", each.dataset.value === value); choose(value); },
    }, words));
  return group;
}

/** What stands where there is nothing to draw yet, or never will be. */
export function nothing(sentence) {
  return make("p", { class: "nothing" }, sentence);
}
