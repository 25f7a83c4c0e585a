// Runs in the audio thread: turns what the microphone gives into frames of the telephone.

import { Framer, RATE, level } from "./frames.js"
import { Resampler } from "./resampler.js"

class Capture extends AudioWorkletProcessor {
  constructor() {
    super()
    this.resampler = new Resampler(sampleRate, RATE)
    this.framer = new Framer()
  }

  process(inputs) {
    const heard = inputs[0][0]
    if (heard === undefined) return true
    for (const frame of this.framer.push(this.resampler.push(heard))) {
      this.port.postMessage({ frame: frame.buffer, level: level(frame) / 32767 }, [frame.buffer])
    }
    return true
  }
}

registerProcessor("capture", Capture)
