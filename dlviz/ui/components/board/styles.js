// The panels' style sheet, put beside the board once for each place where a board stands.

const SHEET = new URL("./panels.css", import.meta.url);

export function dress(board) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = SHEET;
  board.root.before(link);
}
