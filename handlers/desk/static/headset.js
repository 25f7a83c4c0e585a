// The check of a headset: level, a test sound, and one's own voice as the telephone carries it. Nothing is sent anywhere.
import { choose, chosen, devices, microphoneReason } from './devices.js'
import { RATE, loudness } from './sound/frames.js'
import { Sound } from './sound/sound.js'
import { testTones } from './sound/tones.js'

const SHOW_MS = 100
const ECHO_SECONDS = 3
const FRAMES_A_SECOND = 50
const HEARD = 0.35 // of the bar: a voice, not a room
const QUIET_MS = 4000
const PROBLEMS = {
  'microphone-denied': 'This browser does not let the desk use a microphone. Allow it beside the address of the page, then try again.',
  'microphone-busy': 'Another program is using the microphone. Close it, then try again.',
  'microphone-missing': 'No microphone was found. Plug your headset in, then try again.'
}

const at = id => document.getElementById(id)
let loudest = 0
let heardAt = 0
let echo = null // the frames of one's own voice while they are kept

const sound = new Sound((frame, level) => {
  loudest = Math.max(loudest, loudness(level))
  echo?.push(new Int16Array(frame))
}, () => {})

at('needs-script').hidden = true
at('headset').hidden = false
at('begin').addEventListener('click', begin)
at('microphone').addEventListener('change', ({ target }) => attempt(async () => {
  await sound.changeMicrophone(target.value)
  choose('microphone', target.value)
  heardAt = Date.now()
}))
at('speaker').addEventListener('change', ({ target }) => attempt(async () => {
  await sound.useSpeaker(target.value)
  choose('speaker', target.value)
}))
at('test').addEventListener('click', () => during(at('test'), async () => {
  at('tested').textContent = 'Playing four rising tones.'
  await testTones(sound.context)
  at('tested').textContent = 'Did you hear four rising tones? If not, choose another speaker or turn it up.'
}))
at('echo').addEventListener('click', () => during(at('echo'), hearMyself))
navigator.mediaDevices?.addEventListener('devicechange', () => sound.microphone && list())

async function begin () {
  if (!await attempt(() => sound.openMicrophone(chosen('microphone')))) return
  await sound.useSpeaker(chosen('speaker')).catch(() => {})
  await list()
  at('begin').hidden = true
  at('checks').hidden = false
  at('microphone').focus()
  heardAt = Date.now()
  setInterval(show, SHOW_MS)
}

async function list () {
  const { microphones, speakers } = await devices()
  fill(at('microphone'), microphones, chosen('microphone'))
  fill(at('speaker'), speakers, chosen('speaker'))
  at('speaker-group').hidden = !speakers.length
  at('speaker-told').hidden = speakers.length > 0
}

function fill (select, choices, now) {
  const options = choices.map(({ id, label }, place) => new Option(label || `Device ${place + 1}`, id))
  if (!choices.some(({ id }) => id === 'default')) options.unshift(new Option('The one that this computer uses', ''))
  select.replaceChildren(...options)
  if (choices.some(({ id }) => id === now)) select.value = now
}

function show () {
  const level = loudest
  loudest = 0
  at('level').style.setProperty('--level', level)
  at('level').ariaValueNow = Math.round(level * 100)
  if (level > HEARD) heardAt = Date.now()
  const told = level > HEARD ? 'You can be heard.' : Date.now() - heardAt > QUIET_MS ? 'Nothing is heard. Is your microphone muted, or another one chosen?' : null
  if (told && told !== at('heard').textContent) at('heard').textContent = told
}

async function hearMyself () {
  at('echoed').textContent = 'Recording. Speak now.'
  echo = []
  while (echo.length < ECHO_SECONDS * FRAMES_A_SECOND) await new Promise(resolve => setTimeout(resolve, SHOW_MS))
  const frames = echo
  echo = null
  at('echoed').textContent = 'This is how you sound.'
  await sound.playBack(frames, RATE)
  at('echoed').textContent = 'Over. It was kept nowhere.'
}

async function during (button, act) {
  button.disabled = true
  await attempt(act)
  button.disabled = false
  button.focus()
}

async function attempt (act) {
  at('problem').hidden = true
  try {
    await act()
    return true
  } catch (error) {
    at('problem').textContent = PROBLEMS[microphoneReason(error)]
    at('problem').hidden = false
    return false
  }
}
