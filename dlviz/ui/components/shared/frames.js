// Frames as the server packs them (dlviz/core/frames.py): "DLVF", the length of the header, the header as JSON, arrays.

const TYPES = { u1: [Uint8Array, 1], f4: [Float32Array, 4], i4: [Int32Array, 4] };

/** {probe, step, epoch, meta, arrays: Map name → {data, shape}} of an ArrayBuffer; null where it is damaged. */
export function decode(buffer) {
  try {
    const bytes = new Uint8Array(buffer);
    if (String.fromCharCode(...bytes.subarray(0, 4)) !== "DLVF") return null;
    const length = new DataView(buffer).getUint32(4, true), start = 8 + length;
    if (start > buffer.byteLength || start % 8) return null;
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    if (typeof head.probe !== "string" || !Number.isInteger(head.step) || !head.meta) return null;
    const arrays = new Map(head.arrays.map((each) => [each.name, array(buffer, start, each)]));
    return { probe: head.probe, step: head.step, epoch: head.epoch, meta: head.meta, arrays };
  } catch {
    return null;
  }
}

// A view on the buffer, not a copy. Throws where it does not lie within it.
function array(buffer, start, { dtype, shape, at }) {
  const [Type] = TYPES[dtype];
  return { data: new Type(buffer, start + at, shape.reduce((product, size) => product * size, 1)), shape };
}
