// Sounds that are made here, so that none has to be fetched: the keys' own tones, and a short rising one to try a speaker.

const TONES = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477],
  4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477],
  "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
}
const TONE_SECONDS = 0.14
const TONE_LOUDNESS = 0.09
const TEST_HERTZ = [392, 494, 587, 784]
const TEST_SECONDS = 0.3 // each

// Plays the tone of a key.
export function keyTone(context, key) {
  sounding(context, TONES[key], context.currentTime, TONE_SECONDS)
}

// Plays the tones to try a speaker with, and ends when they are over.
export function testTones(context) {
  TEST_HERTZ.forEach((hertz, place) => sounding(context, [hertz], context.currentTime + place * TEST_SECONDS, TEST_SECONDS))
  return new Promise((resolve) => setTimeout(resolve, TEST_HERTZ.length * TEST_SECONDS * 1000))
}

function sounding(context, hertz, from, seconds) {
  const loudness = context.createGain()
  const end = from + seconds
  loudness.gain.setValueAtTime(TONE_LOUDNESS, from)
  loudness.gain.setTargetAtTime(0, end - 0.03, 0.008)
  loudness.connect(context.destination)
  for (const frequency of hertz) {
    const wave = new OscillatorNode(context, { frequency })
    wave.connect(loudness)
    wave.start(from)
    wave.stop(end)
  }
}
