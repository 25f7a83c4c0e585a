// Calls somebody's attention, also in a tab they do not see: by the title, by a short sound made here, and by a message of
// their system where they said yes to that. Its words name no report and no caller: such messages stand on locked screens.
import { every } from './ticker.js'

const VOLUMES = { off: 0, quiet: 0.06, normal: 0.22, loud: 0.7 }
const KEPT = 'desk-attention'
const USUAL = 'normal'
const FLASH_MS = 1000
const AGAIN_FLASHES = 4 // seconds from one sound to the next, as long as it is wanted
const MOST_SOUNDS = 8
const CALM = [[660, 0], [880, 0.16]] // hertz, seconds
const URGENT = [[880, 0], [660, 0.14], [880, 0.28], [660, 0.42]]
const NOTE_SECONDS = 0.13

let context = null
let called = null // what stands: words, whether urgent, how many flashes so far
let stopFlashing = () => {}
let message = null
let ownTitle = ''

// Begins to call, or goes on with other words; what stands already in the same words is left alone.
export function callAttention (text, { urgent = false } = {}) {
  if (called?.text === text && called.urgent === urgent) return
  stopAttention()
  called = { text, urgent, flashes: 0 }
  ownTitle = document.title
  flash()
  stopFlashing = every(FLASH_MS, flash)
  tellBySystem()
  show()
}

export function stopAttention () {
  if (!called) return
  called = null
  stopFlashing()
  document.title = ownTitle
  message?.close()
  message = null
  show()
}

function flash () {
  const { text, urgent, flashes } = called
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  document.title = still || flashes % 2 === 0 ? `(!) ${text}` : ownTitle
  if (flashes % AGAIN_FLASHES === 0 && flashes < AGAIN_FLASHES * MOST_SOUNDS) sound(urgent)
  called.flashes += 1
}

function tellBySystem () {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return
  try {
    message = new Notification(called.text, { tag: 'desk', silent: true, requireInteraction: called.urgent })
    message.onclick = () => { window.focus(); message?.close() }
  } catch { /* some browsers take messages from service workers alone: the title and the sound must do */ }
}

// ---- the sound ----

function volume () {
  const kept = read()
  return kept in VOLUMES ? kept : USUAL
}

function sound (urgent) {
  const loudness = VOLUMES[volume()]
  if (!loudness || context?.state !== 'running') return
  for (const [hertz, after] of urgent ? URGENT : CALM) note(hertz, context.currentTime + after, loudness)
}

function note (hertz, at, loudness) {
  const tone = new OscillatorNode(context, { type: 'triangle', frequency: hertz })
  const gain = new GainNode(context, { gain: 0 })
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(loudness, at + 0.015)
  gain.gain.setValueAtTime(loudness, at + NOTE_SECONDS - 0.04)
  gain.gain.linearRampToValueAtTime(0, at + NOTE_SECONDS)
  tone.connect(gain).connect(context.destination)
  tone.start(at)
  tone.stop(at + NOTE_SECONDS)
}

// Browsers let a page make a sound only after its reader has pressed something on it.
async function unlock () {
  context ??= 'AudioContext' in window ? new AudioContext() : null
  await context?.resume()
  show()
}

// ---- what a reader chooses: in the partial _attention.html, where the page has it ----

const place = document.querySelector('[data-attention]')
const part = name => place?.querySelector(`[data-attention-${name}]`)

function show () {
  if (!place) return
  const locked = context?.state !== 'running'
  part('quiet').hidden = !called
  part('message').hidden = !('Notification' in window) || Notification.permission !== 'default'
  part('state').textContent = volume() === 'off'
    ? 'Sounds are off.'
    : locked ? 'Your browser holds sounds back until you press something on this page.' : 'Sounds are on.'
  place.dataset.sound = volume() === 'off' ? 'off' : locked ? 'locked' : 'on'
}

function read () {
  try { return localStorage.getItem(KEPT) ?? '' } catch { return '' }
}

function keep (value) {
  try { localStorage.setItem(KEPT, value) } catch { /* a browser that keeps nothing: it holds for this page */ }
}

for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, unlock, { once: true })
if (place) {
  place.hidden = false
  const choice = part('volume')
  choice.value = volume()
  choice.addEventListener('change', async () => { keep(choice.value); await unlock(); sound(false) })
  part('try').addEventListener('click', async () => { await unlock(); sound(true) })
  part('quiet').addEventListener('click', () => { stopAttention(); part('try').focus() })
  part('message').addEventListener('click', async () => {
    await Notification.requestPermission()
    show()
    part('try').focus()
  })
  show()
}
