// A recording as a WAV file: one channel, 16 bits.

// What a browser recorded (a Blob in whatever form it likes) as samples at `rate`, the mean of its channels.
export async function samples(blob, rate) {
  const context = new OfflineAudioContext(1, 1, Math.min(96000, Math.max(8000, rate)));
  const sound = await context.decodeAudioData(await blob.arrayBuffer()); // also brings it to the context's rate
  const mono = new Float32Array(sound.length);
  for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
    const own = sound.getChannelData(channel);
    for (let place = 0; place < own.length; place += 1) mono[place] += own[place] / sound.numberOfChannels;
  }
  return { mono, rate: sound.sampleRate };
}

export function wav({ mono, rate }) {
  const file = new DataView(new ArrayBuffer(44 + 2 * mono.length));
  const word = (at, letters) => [...letters].forEach((letter, place) => file.setUint8(at + place, letter.charCodeAt(0)));
  word(0, "RIFF"); file.setUint32(4, 36 + 2 * mono.length, true); word(8, "WAVEfmt ");
  file.setUint32(16, 16, true); file.setUint16(20, 1, true); file.setUint16(22, 1, true); // plain numbers, one channel
  file.setUint32(24, rate, true); file.setUint32(28, 2 * rate, true); file.setUint16(32, 2, true); file.setUint16(34, 16, true);
  word(36, "data"); file.setUint32(40, 2 * mono.length, true);
  mono.forEach((number, place) => file.setInt16(44 + 2 * place, Math.round(32767 * Math.max(-1, Math.min(1, number))), true));
  return new Blob([file], { type: "audio/wav" });
}

// A Blob's bytes in base64.
export function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}
