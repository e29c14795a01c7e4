// Very many lines as few: those that look alike are drawn as one, with gaps between them. Each line of its own costs
// Plotly milliseconds at every drawing.

export const CROWD = 8; // runs; more share colours anyway

// The traces of `lines`, as Plotly takes them.
export function tracesOf(lines, many) {
  if (many <= CROWD) return lines.map((line) => line.trace);
  const traces = [], alike = new Map();
  for (const { role, part, trace } of lines) {
    const look = JSON.stringify([role, part, trace.line, trace.opacity, trace.mode]);
    if (role === "band" || role === "mean" || trace.mode !== "lines") { traces.push(trace); continue; }
    if (!alike.has(look)) {
      alike.set(look, { ...trace, x: [], y: [], customdata: [], text: [], hovertemplate: trace.hovertemplate && "%{y:.4~g}<extra>%{text}</extra>" });
      traces.push(alike.get(look));
    }
    const one = alike.get(look);
    for (const column of ["x", "y", "customdata"]) {
      for (const value of trace[column]) one[column].push(value);
      one[column].push(null);
    }
    for (let i = 0; i <= trace.x.length; i++) one.text.push(trace.name);
  }
  return traces;
}
