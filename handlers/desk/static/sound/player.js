// Runs in the audio thread: plays the frames of the telephone evenly, and tells how loud they are.

import { FRAME_SAMPLES, JitterBuffer, RATE, level } from "./frames.js"
import { Resampler } from "./resampler.js"

const QUIET = new Int16Array(FRAME_SAMPLES)

class Player extends AudioWorkletProcessor {
  constructor() {
    super()
    this.resampler = new Resampler(RATE, sampleRate)
    this.waiting = new JitterBuffer()
    this.made = []
    this.ready = 0
    this.port.onmessage = ({ data }) => this.waiting.push(new Int16Array(data))
  }

  process(_, outputs) {
    const out = outputs[0][0]
    while (this.ready < out.length) this.make()
    let filled = 0
    while (filled < out.length) {
      const piece = this.made[0]
      const taken = piece.subarray(0, out.length - filled)
      out.set(taken, filled)
      filled += taken.length
      if (taken.length === piece.length) this.made.shift()
      else this.made[0] = piece.subarray(taken.length)
    }
    this.ready -= out.length
    return true
  }

  make() {
    const frame = this.waiting.next() ?? QUIET
    const piece = this.resampler.push(Float32Array.from(frame, (sample) => sample / 32768))
    this.port.postMessage(level(frame) / 32767)
    if (piece.length > 0) this.made.push(piece)
    this.ready += piece.length
  }
}

registerProcessor("player", Player)
