// What a chart draws: its lines and its layout, as Plotly takes them.

import { metricOf, spelled } from "./curves.js";

// What a line is called: its part of the data and, among several runs, its run.
export function named(runs, run, part, metric) {
  const what = { step: "train, step by step" }[part] ?? (part || spelled(metric));
  return runs.length > 1 ? `${runs[run].name} · ${what}` : what;
}

// One line for each curve of `metric`: train solid, validation dashed on top, single steps thin and pale below.
export function tracesOf(runs, curves, metric, dark) {
  const traces = [];
  runs.forEach((run, at) => {
    for (const [curve, points] of curves[at].byName) {
      const [measured, part] = metricOf(curve);
      if (measured !== metric) continue;
      traces.push({ run: at, curve, part, trace: {
        type: "scatter", mode: points.y.length < 2 ? "lines+markers" : "lines",
        x: points.x.slice(), y: points.y.slice(), customdata: points.step.slice(), name: named(runs, at, part, metric),
        line: { color: run.color[dark ? 1 : 0], width: part === "step" ? 1 : 2.25, dash: part === "validation" ? "8px,4px" : "solid" },
        opacity: part === "step" ? 0.4 : 1, marker: { size: 7 }, connectgaps: false, hovertemplate: "%{y:.4~g}<extra>%{fullData.name}</extra>" } });
    }
  });
  const layer = { step: 0, train: 1, validation: 2 };
  return traces.sort((a, b) => (layer[a.part] ?? 1) - (layer[b.part] ?? 1));
}

// `marks`: [step, epoch, text] of what happened to the run, as dotted lines.
export function layoutOf(root, metric, log, marks, dark) {
  const style = getComputedStyle(root);
  const ink = style.getPropertyValue("--st-text-color").trim() || (dark ? "#E8ECF0" : "#1F2933");
  const faint = dark ? "#A3AEBA" : "#5B6672", line = dark ? "#343C46" : "#DFE3E8", panel = dark ? "#1E242B" : "#F5F6F8";
  root.style.setProperty("--dlviz-faint", faint);
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, tickfont: { color: faint, size: 12 }, automargin: true };
  return {
    uirevision: "stay", template: "none", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: 12, t: 12, b: 8 }, showlegend: false, hovermode: "x unified",
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    font: { family: style.fontFamily, size: 13, color: ink }, hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
    xaxis: { ...axis, title: { text: "epoch", font: { color: faint, size: 12 } }, rangemode: "tozero", hoverformat: ".2~f" },
    yaxis: { ...axis, title: { text: spelled(metric), font: { color: faint, size: 12 } }, type: log ? "log" : "linear", tickformat: log ? "~g" : undefined },
    shapes: marks.map(([, x]) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: faint, width: 1, dash: "dot" } })),
    annotations: marks.map(([, x, text]) => ({ x, yref: "paper", y: 1, yanchor: "top", xanchor: "left", text, showarrow: false, font: { size: 11, color: faint } })),
  };
}

export function isDark() {
  const parts = getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255];
  return Number(parts[0]) + Number(parts[1]) + Number(parts[2]) < 384;
}
