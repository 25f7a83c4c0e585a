// Frames of 20 ms: 160 samples of 16 bits at 8 kHz, cut from what a microphone gives and kept ready for the ear.

export const RATE = 8000
export const FRAME_SAMPLES = 160
const FIRST_FRAMES = 4 // 80 ms are collected before playing, and again after running dry
const MOST_FRAMES = 30 // beyond 600 ms of delay the oldest are left out

// Collects samples between -1 and 1 and gives whole frames.
export class Framer {
  constructor() {
    this.frame = new Int16Array(FRAME_SAMPLES)
    this.filled = 0
  }

  push(samples) {
    const whole = []
    for (const sample of samples) {
      this.frame[this.filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767)
      this.filled += 1
      if (this.filled === FRAME_SAMPLES) {
        whole.push(this.frame)
        this.frame = new Int16Array(FRAME_SAMPLES)
        this.filled = 0
      }
    }
    return whole
  }
}

// Evens out frames that come a little early and a little late.
export class JitterBuffer {
  constructor() {
    this.frames = []
    this.filling = true
  }

  push(frame) {
    this.frames.push(frame)
    if (this.frames.length > MOST_FRAMES) this.frames.splice(0, this.frames.length - FIRST_FRAMES)
    if (this.frames.length >= FIRST_FRAMES) this.filling = false
  }

  // Returns the next frame, or nothing while too few have come.
  next() {
    if (this.filling || this.frames.length === 0) {
      this.filling = true
      return null
    }
    return this.frames.shift()
  }
}

// Returns how loud samples are, from 0 to 1.
export function level(samples) {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / Math.max(1, samples.length))
}

// Returns how loud a level is to the ear, from 0 to 1, of 50 decibels.
export function loudness(level) {
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 0.0001)) / 2.5))
}
