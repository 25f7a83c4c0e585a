// The place beside a call: a seat for this page's softphone, who else is there, and from one way of being there to another.
import { bindMute, openLine } from './live_line.js'
import { callAttention, stopAttention } from './attention.js'
import { post, watch } from './live_state.js'

const CHANGING_MS = 3000 // by then the carrier has been told: before, the caller could hear what is meant for the handler
const CHANGING = 'Changing. Until that is done you are muted here.'
const NO_ANSWER = 'The desk did not answer. Nothing was changed; try again.'
const root = document.querySelector('[data-beside]')
const at = name => root.querySelector(`[data-${name}]`)
const buttons = [...root.querySelectorAll('[data-sit]')]
const here = `/live/beside/${root.dataset.beside}`
let line = null // the sound, once this page has a seat
let isOver = false
let isMine = false
let failures = 0
let isMuted = false // by their own button
let isQuiet = false // by this page
let changing = null

for (const button of buttons) button.addEventListener('click', () => be(button.dataset.sit))
bindMute(at('mute'), () => line && { isConnected: line.isConnected, mute: on => { isMuted = on; sound() } })
const ask = watch(`${here}/state`, changed)
document.addEventListener('click', elsewhere)
if (location.hash === '#come' && root.querySelector('[data-sit="consult"]')) be('consult') // they said yes on the page before
document.addEventListener('desk:expire', event => { if (line?.isConnected) event.preventDefault() })

// Takes a seat, or changes what one does on it.
async function be (part) {
  for (const button of buttons) button.disabled = true
  if (line && part !== 'join') quieten(true) // before anybody else knows of it
  const answer = await post(line ? `${here}/part` : `${here}/seat`, { part })
  for (const button of buttons) button.disabled = false
  if (!answer.ok) {
    if (line) settle(root.dataset.part)
    return tell(answer.said || NO_ANSWER)
  }
  tell(answer.said)
  press(part)
  if (!answer.seat) return ask()
  const place = at('line')
  place.dataset.seat = answer.seat
  at('sound').hidden = false
  at('muting').hidden = part === 'listen'
  at('leave-form').hidden = false
  if (at('no')) at('no').hidden = true
  line = openLine(place, how => { sound(); if (how === 'gone') ask() })
  settle(part)
  await line.connect()
}

function press (part) {
  root.dataset.part = part
  if (line) {
    at('muting').hidden = part === 'listen'
    settle(part)
  }
  for (const button of buttons) {
    button.setAttribute('aria-pressed', button.dataset.sit === part)
    if (button.dataset.sit === 'consult') button.hidden = true
  }
}

// Who listens is muted here as well as at the carrier; who begins to whisper is, until the caller cannot hear it any more.
function settle (part) {
  clearTimeout(changing)
  changing = null
  quieten(part === 'listen' || part === 'whisper')
  if (!isQuiet) return
  if (part === 'whisper') tell(CHANGING)
  changing = setTimeout(() => { changing = null; quieten(part === 'listen'); ask() }, CHANGING_MS)
}

function quieten (on) {
  isQuiet = on
  sound()
}

function sound () { line?.mute(isMuted || isQuiet) }

function changed (now) {
  if (!now) {
    failures += 1
    if (failures === 5) tell('The desk does not answer. The sound goes on.')
    return
  }
  failures = 0
  if (isOver) return
  if (!now.there) return over(now.said)
  at('state').textContent = now.words
  at('band').textContent = now.band
  if (now.part && line && !changing && now.now !== at('now').textContent) tell(now.now)
  if (now.part && now.part !== root.dataset.part && !changing) press(now.part) // an answer may be older than the change
  showOthers(now.others)
  if (now.mine && !isMine) becomeMine()
}

function over (said) {
  isOver = true
  line?.hangUp()
  for (const part of root.querySelectorAll('[data-parts], [data-leave], [data-yours]')) part.hidden = true
  at('state').textContent = said
  tell('')
  if (line) alarm('The call is over, or you are not in it any more.')
}

function becomeMine () {
  isMine = true
  at('yours').hidden = false
  for (const part of root.querySelectorAll('[data-parts], [data-leave]')) part.hidden = true
  alarm('This caller is yours now.')
}

function showOthers (others) {
  const said = others.map(one => `${one.name} ${one.state === 'asked' ? 'is asked to come' : one.words}.`).join('\n') || 'Nobody.'
  const list = at('others')
  if (list.dataset.said === said) return
  list.dataset.said = said
  list.replaceChildren(...said.split('\n').map(text => Object.assign(document.createElement('li'), { textContent: text })))
}

// A link would take this page away, and the sound with it: it opens beside.
function elsewhere (event) {
  const link = event.target.closest?.('a[href]')
  if (link && line?.isConnected && !link.getAttribute('href').startsWith('#')) link.target = '_blank'
}

function alarm (words) {
  at('alarm').textContent = words
  callAttention(words)
}

function tell (words) { at('now').textContent = words }

document.addEventListener('visibilitychange', () => { if (!document.hidden) stopAttention() })
window.addEventListener('pagehide', () => stopAttention())
