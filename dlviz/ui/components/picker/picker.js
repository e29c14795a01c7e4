// A choice of one or several among pictures or table rows, by mouse, finger or arrow keys.
//
// data: { label, items: [{id, src, pixels, title, sub, mark} | {id, cells, mark}], columns, chosen }
// `chosen` is an id, or, where several may be chosen, a list of them. Sends the trigger `pick` with the id, or the list.
// Of several, a click takes one or leaves it out; with Shift all from the one before to here.

const views = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  const box = parentElement.querySelector(".picker");
  const several = Array.isArray(data.chosen);
  const is = (item) => item.getAttribute("aria-selected") === "true";
  const pick = (item, whole) => {
    if (several) {
      const [from, to] = [items.indexOf(whole ? last(items) : item), items.indexOf(item)].sort((a, b) => a - b);
      const take = !is(item);
      for (const one of items.slice(Math.max(0, from), to + 1)) mark(one, take);
      stand(items, item);
      component.setTriggerValue("pick", items.filter(is).map((one) => one.dataset.id));
      return;
    }
    for (const one of items) mark(one, one === item);
    stand(items, item);
    component.setTriggerValue("pick", item.dataset.id);
  };
  const wanted = JSON.stringify([data.items, data.columns]);
  if (views.get(parentElement) !== wanted) {
    views.set(parentElement, wanted);
    box.replaceChildren(data.columns ? rows(data) : pictures(data));
  }
  const items = [...box.querySelectorAll("[data-id]")];
  const chosen = new Set([data.chosen].flat().map(String));
  for (const item of items) mark(item, chosen.has(item.dataset.id));
  box.querySelector("[role=listbox], [role=grid]")?.setAttribute("aria-multiselectable", String(several));
  if (!several || !items.includes(last(items))) stand(items, items.find(is) ?? items[0]);
  box.onmousedown = (event) => { if (event.shiftKey) event.preventDefault(); }; // no text is selected on the way
  box.onclick = (event) => {
    const item = event.target.closest("[data-id]");
    if (item) pick(item, event.shiftKey);
  };
  box.onkeydown = (event) => {
    const here = items.indexOf(event.target.closest("[data-id]"));
    if (here < 0) return;
    const wide = data.columns ? 1 : perLine(items);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide, Home: -here, End: items.length - 1 - here };
    if (event.key in steps) items[Math.max(0, Math.min(items.length - 1, here + steps[event.key]))].focus();
    else if (event.key === "Enter" || event.key === " ") pick(items[here], event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function mark(item, chosen) {
  item.setAttribute("aria-selected", String(chosen));
}

// The one that the Tab key leads to, from which arrows go on.
function stand(items, here) {
  for (const item of items) item.tabIndex = item === here ? 0 : -1;
}

const last = (items) => items.find((item) => item.tabIndex === 0);

function perLine(items) {
  const top = items[0].offsetTop;
  const first = items.findIndex((item) => item.offsetTop !== top);
  return first < 0 ? items.length : first;
}

function pictures(data) {
  const list = document.createElement("div");
  list.className = "pictures";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", data.label);
  list.append(
    ...data.items.map((item) => {
      const option = document.createElement("div");
      option.className = `picture ${item.mark ?? ""}`;
      option.setAttribute("role", "option");
      option.dataset.id = item.id;
      option.title = [item.title, item.sub].filter(Boolean).join(", ");
      const image = document.createElement("img");
      image.src = item.src;
      image.alt = "";
      if (item.pixels) image.className = "pixels";
      option.append(image, words("span", "title", item.title));
      if (item.sub) option.append(words("span", "sub", item.sub));
      return option;
    }),
  );
  return list;
}

function rows(data) {
  const frame = document.createElement("div");
  frame.className = "rows";
  const table = document.createElement("table");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", data.label);
  const head = table.createTHead().insertRow();
  for (const name of data.columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const item of data.items) {
    const row = body.insertRow();
    row.dataset.id = item.id;
    row.className = item.mark ?? "";
    for (const value of item.cells) row.insertCell().textContent = value;
  }
  frame.append(table);
  return frame;
}

function words(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
