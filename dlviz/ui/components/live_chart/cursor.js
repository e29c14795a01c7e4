// Upright lines over a chart: where one stands in time, and the mark that one rests on. They are no part of the figure,
// so that moving one draws nothing anew.

export class Cursor {
  constructor(plot, name) {
    this.plot = plot;
    this.line = document.createElement("div");
    this.line.className = `cursor ${name}`;
    this.line.hidden = true;
    plot.append(this.line);
    this.x = null;
  }

  // Stand at `x` of the axis; null: nowhere.
  at(x) {
    this.x = x;
    this.place();
  }

  place() {
    const layout = this.plot._fullLayout;
    if (this.line.parentElement !== this.plot) this.plot.append(this.line);
    const axis = layout?.xaxis, along = this.x === null || !axis ? NaN : axis.l2p(this.x);
    this.line.hidden = !(along >= -1 && along <= axis?._length + 1);
    if (this.line.hidden) return;
    this.line.style.cssText = `transform: translateX(${axis._offset + along}px); top: ${layout.yaxis._offset}px; height: ${layout.yaxis._length}px`;
  }
}
