// An explanation drawn over what it explains.
import { make } from "./make.js";

const SVG = "http://www.w3.org/2000/svg";

export function drawn(found, input, colors) {
  const draw = { picture: map, spectrogram: map, columns: bars, text: words, series: strip, sound: strip }[found.over];
  const legend = make("p", { class: "legend" }, make("i", { style: `background: ${colors.for}` }), "speaks for +", make("i", { style: `background: ${colors.against}` }), "against −");
  if (found.over === "spectrogram") legend.append(make("span", {}, "low to high pitch upwards, time to the right"));
  return [draw ? draw(found, input, colors) : "", legend].filter(Boolean);
}

// A map over the picture as it is now, or over the spectrogram that it was of, in grey.
function map({ values, shape: [height, width], under: heard }, input, colors) {
  const where = heard ? "When in the sound, and at which pitch," : "Where in the picture";
  const canvas = make("canvas", { width, height, role: "img", "aria-label": `${where} something speaks for or against it` });
  const context = canvas.getContext("2d"), under = context.createImageData(width, height), grey = new Float32Array(width * height).fill(0.55);
  if (input?.canvas && input.width === width && input.height === height) {
    const { data } = input.context.getImageData(0, 0, width, height);
    for (let at = 0; at < grey.length; at += 1) grey[at] = 0.25 + (0.6 * (data[4 * at] + data[4 * at + 1] + data[4 * at + 2])) / 765;
  }
  if (heard) heard.forEach((light, at) => { grey[at] = 0.25 + 0.6 * light; });
  const tints = [rgb(colors.for), rgb(colors.against)];
  values.forEach((value, at) => {
    const tint = tints[value >= 0 ? 0 : 1], share = 0.9 * Math.sqrt(Math.abs(value));
    for (let c = 0; c < 3; c += 1) under.data[4 * at + c] = grey[at] * 255 * (1 - share) + tint[c] * share;
    under.data[4 * at + 3] = 255;
  });
  context.putImageData(under, 0, 0);
  canvas.classList.toggle("coarse", Math.max(width, height) <= 96);
  canvas.style.aspectRatio = `${width} / ${height}`;
  canvas.classList.add("map");
  return canvas;
}

function bars({ names, values, most }, input, colors) {
  const order = values.map((value, at) => [value, names[at]]).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0])).slice(0, 12);
  return make("table", { class: "signed" }, make("tbody", {}, order.map(([value, name]) => make("tr", {}, make("th", { scope: "row" }, name),
    make("td", { class: "bar" }, make("i", { class: value < 0 ? "against" : "", style: `width: ${50 * Math.abs(value)}%; background: ${value >= 0 ? colors.for : colors.against}` })),
    make("td", { class: "share" }, signed(value * most))))));
}

function words({ names, values, most }, input, colors) {
  return make("p", { class: "words" }, names.map((name, at) => {
    const value = values[at], word = make("span", { title: signed(value * most) }, name);
    word.style.background = `color-mix(in srgb, ${value >= 0 ? colors.for : colors.against} ${Math.round(60 * Math.abs(value))}%, transparent)`;
    word.style.borderBottom = Math.abs(value) > 0.15 ? `2px ${value >= 0 ? "solid" : "dashed"} ${value >= 0 ? colors.for : colors.against}` : "2px solid transparent";
    return word;
  }));
}

function strip({ values }, input, colors) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${values.length} 100`, preserveAspectRatio: "none", class: "bars-strip", role: "img", "aria-label": "How much each stretch speaks for or against it" })) svg.setAttribute(key, value);
  svg.innerHTML = values.map((value, at) => `<rect x="${at}" width="1.02" y="${value >= 0 ? 50 - 48 * value : 50}" height="${48 * Math.abs(value)}" fill="${value >= 0 ? colors.for : colors.against}"/>`).join("") + `<path d="M0 50H${values.length}" class="zero"/>`;
  return svg;
}

const signed = (value) => `${value >= 0 ? "+" : ""}${Number(value.toPrecision(3))}`;
const rgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
