// The page of live calls: an offer appears by itself, counts down, and goes when it is over.
import { offer as offerKey } from './shortcuts.js'
import { callAttention, stopAttention } from './attention.js'
import { watchState } from './live_state.js'
import { swap } from './swap.js'

const place = document.querySelector('[data-offer-place]')
const told = document.querySelector('[data-offer-told]')
const shift = document.querySelector('[data-shift]')
let shown = place.querySelector('[data-offer]')?.dataset.offer ?? ''
let failures = 0

offerKey('Enter', 'Accept the call that is offered', () => {
  const accept = place.querySelector('[data-accept]')
  if (!accept || document.activeElement !== document.body) return false // what has the focus takes the key itself
  accept.click()
})
watchState('', changed)

function changed (now) {
  if (!now) {
    failures += 1
    if (failures === 5) tell('The desk does not answer. While it does not, no caller can be offered to you.')
    return
  }
  if (failures >= 5) tell('The desk answers again.')
  failures = 0
  if (now.own) return location.assign(`/live/call/${now.own}`)
  showOffer(now.offer)
  showAsked(now.asked)
  if (now.shift.state !== shift.dataset.shift && !isBusy()) return location.replace('/live')
  const lasts = shift.querySelector('[data-lasts]')
  if (lasts) lasts.textContent = now.shift.lasts
}

function showOffer (offered) {
  if ((offered?.talk ?? '') !== shown) {
    shown = offered?.talk ?? ''
    place.innerHTML = offered?.html ?? '' // our own server's fragment, escaped there; scripts in it would not run
    if (offered) appear(offered)
    else vanish()
  }
  if (!offered) return
  place.querySelector('[data-left]').textContent = offered.left
  place.querySelector('[data-left-bar]').value = offered.left
}

// A colleague asks for help with their caller.
function showAsked (asked) {
  const card = document.querySelector('[data-asked-place]')
  const before = card.querySelector('[data-asked]')?.dataset.asked ?? ''
  if ((asked?.talk ?? '') === before) return
  swap(card, asked?.html ?? '')
  const words = card.querySelector('h2')?.textContent.trim() ?? 'Your colleague asks no longer.'
  tell(words)
  if (asked) callAttention(words)
  else stopAttention()
}

function appear (offered) {
  const words = place.querySelector('h2').textContent.trim()
  tell(`${words}. Press Enter to accept, within 20 seconds.`)
  if (document.activeElement === document.body) place.querySelector('[data-accept]').focus()
  callAttention(words, { urgent: offered.urgent })
}

function vanish () {
  tell('The offer is over.')
  stopAttention()
}

// Somebody who ticks a box or is about to press must not lose the page under their hands.
function isBusy () {
  return place.contains(document.activeElement) || document.activeElement?.matches('input')
}

function tell (words) { told.textContent = words }

window.addEventListener('pagehide', () => stopAttention())
