// A setting's value as a person writes it, and what she wrote as a value: the rules that the server will check again.

/** 3 · 3 × 5 · 0.001 · same · (nothing) */
export function shown(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(shown).join(typeof value[0] === "string" ? ", " : " × ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

export function same(one, other) {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

const WORDS = { int: "a whole number", float: "a number", bool: "yes or no", text: "a text", texts: "words with commas between" };

/** The rule of a setting in words: "must be a whole number or `same`, at least 0." */
export function rule(setting) {
  const { sides, single } = setting;
  const list = sides ? `${sides} whole numbers (3 × 5)` : "whole numbers (16 × 4 × 4)";
  const form = setting.type === "ints" ? (single ? `a whole number or ${list}` : list) : WORDS[setting.type];
  const options = [...(form ? [form] : []), ...(setting.choices ?? []).map((word) => `\`${word}\``)];
  if (setting.optional) options.push("nothing");
  const bounds = [];
  if (setting.low !== undefined) bounds.push(`${setting.low_open ? "more than" : "at least"} ${bound(setting.low)}`);
  if (setting.high !== undefined) bounds.push(`${setting.high_open ? "less than" : "at most"} ${bound(setting.high)}`);
  return `must be ${[options.join(" or "), ...bounds].join(", ")}.`;
}

function bound(number) {
  return Number.isInteger(number) ? number.toLocaleString("en") : String(number);
}

/** What was written as {value}, or {wrong: a sentence}. */
export function read(setting, text) {
  const written = text.trim();
  const wrong = { wrong: `${upper(setting.label)} ${rule(setting)} Received: ${written ? `\`${written}\`` : "nothing"}.` };
  if ((setting.choices ?? []).includes(written)) return { value: written };
  if (setting.type === "text") return { value: setting.optional && !written ? null : written };
  if (setting.type === "texts") return { value: written.split(",").map((word) => word.trim()).filter(Boolean) };
  if (!written) return setting.optional ? { value: null } : wrong;
  if (setting.type === "ints") return whole(setting, written) ?? wrong;
  const plain = written.replace(/(\d),(?=\d{3}(\D|$))/g, "$1");
  const form = setting.type === "int" ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  if (!form.test(plain) || !within(setting, Number(plain))) return wrong;
  return { value: Number(plain) };
}

function whole(setting, written) {
  if (/[^-\d\s×x*,;()[\]]/i.test(written)) return null;
  const numbers = (written.match(/-?\d+/g) ?? []).map(Number);
  if (!numbers.length || !numbers.every((number) => within(setting, number))) return null;
  if (numbers.length === 1 && setting.single) return { value: numbers[0] };
  if (setting.sides && numbers.length !== setting.sides) return null;
  return { value: numbers };
}

function within({ low, high, low_open, high_open }, number) {
  if (low !== undefined && (number < low || (low_open && number === low))) return false;
  return !(high !== undefined && (number > high || (high_open && number === high)));
}

/** `text` with the number at the caret one step further, and where the caret then stands; null where no number is. */
export function stepped(setting, text, caret, by) {
  const found = [...text.matchAll(/-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/gi)];
  const at = found.find((one) => caret <= one.index + one[0].length) ?? found.at(-1);
  if (!at) return null;
  const digits = setting.type === "float" ? decimals(at[0]) : 0;
  let number = Number(at[0]) + by * 10 ** -digits;
  if (!within(setting, number)) {
    const edge = by > 0 ? setting.high : setting.low;
    if (edge === undefined || !within(setting, edge)) return null;
    number = edge;
  }
  const next = digits > 6 ? String(Number(number.toPrecision(3))) : String(Number(number.toFixed(Math.max(0, digits))));
  const changed = text.slice(0, at.index) + next + text.slice(at.index + at[0].length);
  return { text: changed, caret: at.index + next.length };
}

// The place of a number's last digit: 0.25 → 2, 1e-5 → 5, 30 → 0, and a bare 0 or 1 of a share steps by tenths.
function decimals(text) {
  const [digits, power = "0"] = text.toLowerCase().split("e");
  const places = (digits.split(".")[1] ?? "").length - Number(power);
  return places > 0 ? places : 1;
}

/** Every whole number of `text` multiplied: 16 → 32, as widths of networks grow. */
export function scaled(setting, text, by) {
  const changed = text.replace(/\d+/g, (digits) => {
    const number = Math.round(Number(digits) * by);
    return String(within(setting, number) ? number : digits);
  });
  return changed === text ? null : changed;
}

export function upper(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
