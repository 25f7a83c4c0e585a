// Changes the rate of sound that comes piece by piece: a windowed sinc, so that nothing above the telephone's band folds
// back into it.

const CROSSINGS = 16 // of the sinc on each side
const STEPS = 256 // of the kernel's table for each sample
const PASSED = 0.94 // of the band; the rest is where the filter falls

export class Resampler {
  constructor(from, to) {
    this.step = from / to
    const cutoff = Math.min(1, to / from) * PASSED
    this.reach = Math.ceil(CROSSINGS / cutoff)
    this.kernel = kernel(cutoff, this.reach)
    this.kept = new Float32Array(this.reach)
    this.at = this.reach // where the next sample stands, counted in `kept`
  }

  // Takes samples of the old rate and returns as many of the new one as can be known by now.
  push(samples) {
    const given = new Float32Array(this.kept.length + samples.length)
    given.set(this.kept)
    given.set(samples, this.kept.length)
    const count = Math.max(0, Math.ceil((given.length - this.reach - 1 - this.at) / this.step))
    const made = new Float32Array(count)
    for (let number = 0; number < count; number += 1) made[number] = this.sample(given, this.at + number * this.step)
    this.at += count * this.step
    const done = Math.max(0, Math.floor(this.at) - this.reach)
    this.kept = given.slice(done)
    this.at -= done
    return made
  }

  sample(given, at) {
    let sum = 0
    const last = Math.min(given.length - 1, Math.floor(at + this.reach))
    for (let place = Math.max(0, Math.ceil(at - this.reach)); place <= last; place += 1) {
      const far = Math.abs(place - at) * STEPS
      const below = Math.floor(far)
      const part = far - below
      sum += given[place] * (this.kernel[below] * (1 - part) + this.kernel[below + 1] * part)
    }
    return sum
  }
}

function kernel(cutoff, reach) {
  const table = new Float32Array(reach * STEPS + 2)
  for (let number = 0; number < reach * STEPS; number += 1) {
    const far = number / STEPS
    const angle = Math.PI * cutoff * far
    const sinc = number === 0 ? 1 : Math.sin(angle) / angle
    const turn = (Math.PI * far) / reach
    const blackman = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)
    table[number] = cutoff * sinc * blackman
  }
  return table
}
