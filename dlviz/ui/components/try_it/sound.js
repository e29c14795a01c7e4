// Speak into the microphone, or choose a sound file; listen to it again.

import { base64, samples, wav } from "./wav.js";

const MOST_BYTES = 8 * 2 ** 20; // as the server takes them
const WHY = {
  NotAllowedError: "The browser may not use the microphone. Allow it beside the address, or choose a file.",
  NotFoundError: "There is no microphone. Plug one in, or choose a file.",
  NotReadableError: "Another program uses the microphone. Close it, or choose a file.",
};

export class SoundInput {
  // `heard({recording, spoken})` is called with each new sound, `tell(words, wrong)` says how it goes.
  constructor(make, data, heard, tell) {
    this.data = data;
    this.heard = heard;
    this.tell = tell;
    this.button = make("button", { type: "button", class: "record" }, "Record");
    this.button.addEventListener("click", () => (this.recorder ? this.stop() : this.record()));
    this.level = make("meter", { min: 0, max: 1, low: 0.02, "aria-label": "How loud it is", class: "level" });
    this.seconds = make("output", { class: "seconds" }, "");
    this.file = make("input", { type: "file", accept: ".wav,.flac,.ogg,.oga,.opus,.mp3", id: `try-file-${data.run}` });
    this.file.addEventListener("change", () => this.choose());
    this.player = make("audio", { controls: "controls", "aria-label": "Listen to your sound", class: "player" });
    this.player.hidden = true;
    this.root = make("div", { class: "sound" },
      make("div", { class: "row" }, this.button, this.level, this.seconds, make("label", { for: this.file.id, class: "choose" }, "or a file: ", this.file)),
      this.player);
  }

  async record() {
    this.tell("");
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "Insecure");
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      this.tell(WHY[error.name] ?? "A browser gives the microphone to pages of this machine or over https only. Choose a file.", true);
      return;
    }
    const pieces = [];
    this.recorder = new MediaRecorder(this.stream);
    this.recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    this.recorder.addEventListener("stop", () => this.done(new Blob(pieces, { type: this.recorder?.mimeType })));
    this.recorder.start();
    this.button.textContent = "Stop recording";
    this.button.classList.add("on");
    this.watch();
  }

  // How loud it is and how long it lasts, until it is as long as it may be.
  watch() {
    const context = new AudioContext(), listener = context.createAnalyser(), wave = new Float32Array(1024), began = performance.now();
    listener.fftSize = 1024;
    context.createMediaStreamSource(this.stream).connect(listener);
    this.timer = setInterval(() => {
      listener.getFloatTimeDomainData(wave);
      this.level.value = Math.min(1, 4 * Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length));
      const lasts = (performance.now() - began) / 1000;
      this.seconds.textContent = `${lasts.toFixed(1)} s`;
      if (lasts >= this.data.most) this.stop();
    }, 100);
    this.context = context;
  }

  stop() {
    clearInterval(this.timer);
    this.context?.close();
    this.context = null;
    if (this.recorder?.state === "recording") this.recorder.stop();
    this.stream?.getTracks().forEach((track) => track.stop()); // the browser's sign that it listens goes out
    this.button.textContent = "Record";
    this.button.classList.remove("on");
    this.level.value = 0;
  }

  async done(blob) {
    this.recorder = null;
    try {
      const file = wav(await samples(blob, this.data.rate));
      this.offer(file, true);
    } catch {
      this.tell("The browser could not read its own recording. Record again, or choose a file.", true);
    }
  }

  choose() {
    const file = this.file.files[0];
    if (!file) return;
    if (file.size > MOST_BYTES) {
      this.tell(`A sound file to try may have at most 8 MB. ${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MB.`, true);
      return;
    }
    this.offer(file, false);
  }

  async offer(file, spoken) {
    if (this.player.src) URL.revokeObjectURL(this.player.src);
    this.player.src = URL.createObjectURL(file);
    this.player.hidden = false;
    this.heard({ recording: await base64(file), spoken });
  }

  end() {
    this.stop();
    if (this.player.src) URL.revokeObjectURL(this.player.src);
  }
}
