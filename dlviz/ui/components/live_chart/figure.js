// The layout of a chart, as Plotly takes it.

import { spelled } from "./curves.js";

export function layoutOf(root, view, drawn, lines) {
  const style = getComputedStyle(root), { log } = view, { ink, faint, line, panel } = ground(root);
  root.style.setProperty("--dlviz-faint", faint);
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, tickfont: { color: faint, size: 12 }, automargin: true };
  const x = view.axis === "time" ? `training time, ${view.unit.name}` : view.axis;
  return {
    uirevision: "stay", template: "none", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: 12, t: 12, b: 8 }, showlegend: false, hovermode: lines > 14 ? "closest" : "x unified",
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    font: { family: style.fontFamily, size: 13, color: ink }, hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
    xaxis: { ...axis, title: { text: x, font: { color: faint, size: 12 } }, rangemode: "tozero", hoverformat: view.axis === "step" ? ",d" : ".2~f" },
    yaxis: { ...axis, title: { text: spelled(view.metric), font: { color: faint, size: 12 } }, type: log ? "log" : "linear", tickformat: log ? "~g" : undefined },
    ...drawn,
  };
}

// The page's own colours, which are dlviz/draw/palette.py's.
export function ground(root) {
  const style = getComputedStyle(root), color = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return { ink: color("text-color"), faint: color("gray-text-color"), line: color("border-color"), panel: color("secondary-background-color") };
}

export function isDark() {
  const parts = getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255];
  return Number(parts[0]) + Number(parts[1]) + Number(parts[2]) < 384;
}
