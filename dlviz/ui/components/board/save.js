// Taking things along: the code as a file, the drawing as a picture.

/** Let the browser save `content` as a file. */
export function save(content, name, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function picture(board) {
  const answer = await fetch(`${board.wire.address}/picture.svg?dark=${Number(Boolean(board.data.dark))}`, { cache: "no-store" });
  if (!answer.ok) throw new Error("the server could not draw it");
  return answer.text();
}

/** Save the drawing as SVG. */
export async function saveSvg(board) {
  save(await picture(board), "network.svg", "image/svg+xml");
}

/** Save the drawing as PNG, at twice its size so that print is sharp; at most 8,000 dots wide or high. */
export async function savePicture(board) {
  const text = await picture(board);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const scale = Math.min(2, 8000 / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(image.width * scale);
  canvas.height = Math.ceil(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("this browser cannot make a PNG of that size");
  save(blob, "network.png", "image/png");
}
