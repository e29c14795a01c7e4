// The canvas: draws the view and keeps it drawn.

export class Canvas {
  constructor(board, host) {
    this.board = board;
    this.root = host.pane("", "Canvas");
  }
}
