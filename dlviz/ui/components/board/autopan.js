// At the rim of the stage the drawing moves on under what is being dragged.

const RIM = 26, STEP = 9; // pixels, pixels a picture

export class AutoPan {
  constructor({ canvas, viewport }) {
    Object.assign(this, { canvas, viewport });
  }

  /** Follow `event` of a drag; `again` is called with it whenever the drawing has moved. */
  follow(event, again) {
    this.stop();
    const [w, h] = this.viewport.size, [x, y] = this.viewport.local(event);
    const by = [push(x, w), push(y, h)];
    if (!by[0] && !by[1]) return;
    const step = () => {
      if (!this.viewport.pan(...by)) return;
      again(event);
      this.going = requestAnimationFrame(step);
    };
    this.going = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.going);
  }
}

// How the drawing moves for a pointer at `at` of `full`.
function push(at, full) {
  if (at < RIM) return STEP * Math.min(1, (RIM - at) / RIM);
  if (at > full - RIM) return -STEP * Math.min(1, (at - full + RIM) / RIM);
  return 0;
}
