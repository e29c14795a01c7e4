// Python in colours: comments, texts, numbers, words of the language, names of classes and functions.

const TOKENS = new RegExp(
  [
    "(?<comment>#.*)",
    "(?<text>\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*')",
    "(?<word>\\b(?:and|as|class|def|else|for|from|if|import|in|is|lambda|not|or|pass|return|self|while|with|None|True|False)\\b)",
    "(?<number>\\b\\d[\\w.]*\\b)",
    "(?<name>\\b[A-Z]\\w*\\b)",
  ].join("|"),
  "g",
);

/** The lines of `source` as elements. */
export function highlighted(source) {
  let open = ""; // the quotes of a text over several lines
  return source.split("\n").map((text) => {
    const line = document.createElement("span");
    line.className = "line";
    const quotes = text.split('"""').length - 1;
    if (open || quotes === 1) {
      line.append(part("text", text));
      if (quotes === 1) open = open ? "" : '"""';
    } else line.append(...parts(text));
    line.append("\n");
    return line;
  });
}

function parts(text) {
  const made = [];
  let at = 0;
  for (const found of text.matchAll(TOKENS)) {
    made.push(text.slice(at, found.index));
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    made.push(part(kind, found[0]));
    at = found.index + found[0].length;
  }
  return [...made, text.slice(at)].filter(Boolean);
}

function part(kind, text) {
  const made = document.createElement("span");
  made.className = `py-${kind}`;
  made.textContent = text;
  return made;
}
