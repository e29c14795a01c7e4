// The tools above a chart: what is drawn and how.

import { AXES } from "./axis.js";

export function tools(root, change) {
  const place = root.querySelector(".tools");
  place.innerHTML = `<span class="metrics" role="group" aria-label="What to draw" ></span><span class="options">
    <label class="smooth" title="Each point counts less the older it is; the raw curve stays pale behind">Smoothing
      <input type="range" min="0" max="0.99" step="0.01" value="0"><output>0</output></label>
    <select class="axis" aria-label="What the x-axis counts">${Object.entries(AXES).map(([name, words]) => `<option value="${name}">${words}</option>`).join("")}</select>
    <select class="band" aria-label="What the band shows" hidden><option value="deviation">mean ± standard deviation</option><option value="range">mean, least to greatest</option></select>
    <button class="parents" aria-pressed="true" title="The curve of the run that this one was forked from, up to that step" hidden>Show parent</button>
    <button class="log" aria-pressed="false" title="Equal factors take equal space: shows small losses apart">Log scale</button>
    <button class="reset" title="Show everything again (key 0)">Whole curve</button></span>`;
  const part = Object.fromEntries(["axis", "band", "parents", "log", "reset", "metrics"].map((name) => [name, place.querySelector(`.${name}`)]));
  const smooth = place.querySelector("input");
  smooth.oninput = () => {
    place.querySelector("output").textContent = Number(smooth.value) ? Number(smooth.value).toFixed(2) : "0";
    change({ smoothing: Number(smooth.value) }, false);
  };
  part.axis.onchange = () => change({ axis: part.axis.value }, true);
  part.band.onchange = () => change({ band: part.band.value }, false);
  for (const name of ["parents", "log"])
    part[name].onclick = () => {
      const on = part[name].getAttribute("aria-pressed") !== "true";
      part[name].setAttribute("aria-pressed", on);
      change({ [name]: on }, name === "log");
    };
  return part;
}
