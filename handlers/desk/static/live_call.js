// The page of a call: its state each second, deeds that do not leave the page, the softphone, and the keys.
import { openLine } from './live_line.js'
import { callAttention, stopAttention } from './attention.js'
import { send, watchState } from './live_state.js'
import { offer as offerKey } from './shortcuts.js'

const HAS_LINE = ['joining', 'talking', 'aside', 'ending']
const root = document.querySelector('[data-call]')
const at = name => root.querySelector(`[data-${name}]`)
const line = root.querySelector('[data-line]')
const sound = openLine(line, soundChanged)
const isMine = line.dataset.seat !== '' // this window carries the sound
let held = false
let failures = 0

for (const form of root.querySelectorAll('[data-deed]')) form.addEventListener('submit', deed)
at('mute').addEventListener('click', mute)
at('end').addEventListener('change', showSure)
offerKey('m', 'Mute or unmute yourself', () => !at('mute').closest('[hidden]') && mute())
offerKey('h', 'Hold the caller, or go on', () => !at('hold').closest('[hidden]') && at('hold').querySelector('button').click())
document.addEventListener('click', elsewhere)
document.addEventListener('desk:expire', cover)
showSure()
new ResizeObserver(([{ target }]) => root.style.setProperty('--desk-bar-height', `${target.offsetHeight + 12}px`)).observe(root.querySelector('.desk-bar'))
const ask = watchState(root.dataset.call, changed)
if (HAS_LINE.includes(root.dataset.stage)) {
  if (isMine) sound.connect()
  else line.querySelector('[data-line-told]').textContent = 'This window does not carry the sound. If another one does, go back to it. If you loaded this page again, wait: in a moment you can take the call up again.'
}

// ---- how the call stands ----

function changed (now) {
  if (!now) {
    failures += 1
    if (failures === 5) tell('The desk does not answer. The sound goes on; what you type is kept on this page.')
    return
  }
  if (failures >= 5) tell('The desk answers again.')
  failures = 0
  const { call } = now
  if (!call || root.dataset.stage === 'over') return
  if (call.stage !== root.dataset.stage) enter(call.stage)
  if (at('words').textContent !== call.words) at('words').textContent = call.words
  at('lasts').textContent = call.lasts ?? ''
  showHold(call.held ?? false)
  showAnswer(call.answer ?? '')
  showOthers(call.others)
}

function enter (stage) {
  root.dataset.stage = stage
  tell('')
  for (const part of root.querySelectorAll('[data-when]')) part.hidden = !part.dataset.when.split(' ').includes(stage)
  for (const button of root.querySelectorAll('[data-only]')) button.disabled = button.dataset.only !== stage
  if (['lost', 'elsewhere', 'over'].includes(stage)) sound.hangUp()
  if (stage === 'lost') alarm('The line to you broke. The caller waits for you.')
  if (stage === 'over') alarm('The call is over.')
}

function showHold (isHeld) {
  held = isHeld
  const button = at('hold').querySelector('button')
  button.value = held ? 'no' : 'yes'
  button.setAttribute('aria-pressed', held)
  root.classList.toggle('desk-talk--held', held)
}

function showAnswer (answer) {
  if (at('answer-words').textContent === answer) return
  at('answer').hidden = !answer
  at('answer-words').textContent = answer
}

// Whoever hears a call is seen by its handler: always, whatever they do there.
function showOthers (others) {
  const lines = others.map(one => `${one.name} ${one.words}.`)
  const said = lines.join('\n') || 'Nobody: only you and the caller.'
  const list = at('others')
  if (list.dataset.said === said) return
  list.dataset.said = said
  list.replaceChildren(...said.split('\n').map(text => Object.assign(document.createElement('li'), { textContent: text })))
}

// ---- what the handler does ----

async function deed (event) {
  event.preventDefault()
  const form = event.currentTarget
  const answer = await send(form, event.submitter)
  const said = answer.said || (answer.ok ? '' : 'The desk did not answer. Nothing was changed; try again.')
  tell(said)
  const near = form.querySelector('[data-deed-told]') ?? form.parentElement.querySelector(':scope > [data-deed-told]')
  if (near) near.textContent = said
  const reminder = form.closest('[data-reminder]')
  if (reminder && answer.ok) {
    reminder.classList.add('desk-reminder--said')
    reminder.querySelector('[data-done]').hidden = false
    event.submitter.hidden = true
  }
  ask()
}

function mute () {
  const isMuted = at('mute').getAttribute('aria-pressed') !== 'true'
  sound.mute(isMuted)
  at('mute').setAttribute('aria-pressed', isMuted)
  at('mute-words').textContent = isMuted ? 'Muted' : 'Mute'
  tell(isMuted ? 'Nobody hears you.' : 'You are heard again.')
}

function showSure () {
  at('sure').hidden = !at('end').querySelector('[value="abusive"]').checked
}

function soundChanged (how) {
  root.dataset.sound = how
  if (how === 'lost') alarm('Your connection broke. It is looked for.')
  if (how === 'gone') ask()
}

// A link would take this page away, and the call with it: it opens beside.
function elsewhere (event) {
  const link = event.target.closest?.('a[href]')
  if (!link || !sound.isConnected || link.getAttribute('href').startsWith('#')) return
  link.target = '_blank'
}

// Signed out by the clock: the call goes on under the cover, and the form asks to sign in again in another window.
function cover (event) {
  if (!sound.isConnected) return
  event.preventDefault()
  document.dispatchEvent(new CustomEvent('desk:cover'))
}

function alarm (words) {
  at('alarm').textContent = words
  callAttention(words, { urgent: true })
}

function tell (words) { at('told').textContent = words }

document.addEventListener('visibilitychange', () => { if (!document.hidden) stopAttention() })
window.addEventListener('pagehide', () => stopAttention())
