// Moving about with the pointer: panning, zooming with two fingers, drawing a box around nodes.

import { overlap } from "./geometry.js";
import { shape } from "./make.js";

export class Pan {
  constructor({ viewport, canvas }, first) {
    Object.assign(this, { viewport, canvas, last: first });
    canvas.svg.classList.add("panning");
  }

  move(event) {
    this.viewport.pan(event.clientX - this.last.clientX, event.clientY - this.last.clientY);
    this.last = event;
  }

  end() {
    this.canvas.svg.classList.remove("panning");
  }

  cancel() {
    this.end();
  }
}

export class Pinch {
  constructor({ viewport, points }, both) {
    Object.assign(this, { viewport, points });
    this.last = measure(both);
  }

  move() {
    const both = [...this.points.values()];
    if (both.length < 2) return;
    const now = measure(both);
    const [px, py] = this.viewport.local({ clientX: now.x, clientY: now.y });
    this.viewport.pan(now.x - this.last.x, now.y - this.last.y);
    this.viewport.scale(now.apart / this.last.apart, px, py);
    this.last = now;
  }

  end() {}

  cancel() {}
}

function measure([one, other]) {
  return {
    x: (one.clientX + other.clientX) / 2,
    y: (one.clientY + other.clientY) / 2,
    apart: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
  };
}

/** A box drawn over the ground: selects what it touches, beside what was selected. */
export class Marquee {
  constructor({ viewport, canvas, board }, first) {
    Object.assign(this, { viewport, canvas, board });
    this.start = viewport.world(first);
    this.before = new Set(board.selection);
    this.box = shape("rect", { class: "marquee" });
    canvas.layers.over.append(this.box);
  }

  move(event) {
    const [x, y] = this.viewport.world(event), [a, b] = this.start;
    const area = [Math.min(a, x), Math.min(b, y), Math.max(a, x), Math.max(b, y)];
    for (const [name, value] of [["x", area[0]], ["y", area[1]], ["width", area[2] - area[0]], ["height", area[3] - area[1]]])
      this.box.setAttribute(name, value);
    const touched = this.board.view.order.filter((path) => {
      const box = this.canvas.boxes.get(path);
      if (!box) return false;
      const frame = this.board.nodes.get(path).block?.open; // a frame is meant only by a box around all of it
      return frame ? box[0] >= area[0] && box[1] >= area[1] && box[0] + box[2] <= area[2] && box[1] + box[3] <= area[3] : overlap(box, area);
    });
    const outermost = touched.filter((path) => !touched.some((other) => path.startsWith(`${other}.`)));
    this.board.select([...this.before, ...outermost], { focus: outermost.at(-1) });
  }

  end() {
    this.box.remove();
    const many = this.board.selection.size;
    this.board.say(many === 1 ? "1 layer selected." : `${many} layers selected.`);
  }

  cancel() {
    this.box.remove();
    this.board.select([...this.before]);
  }
}
