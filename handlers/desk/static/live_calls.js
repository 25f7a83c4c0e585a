// Brings the list of live calls up to date by itself, and calls for whoever is asked into one.
import { callAttention, stopAttention } from './attention.js'
import { watch } from './live_state.js'
import { swap } from './swap.js'

const place = document.querySelector('[data-calls]')
let asked = place.querySelector('[data-asked]')?.dataset.asked ?? ''

watch('/live/calls/listing', changed)

function changed (html) {
  if (html === null || !swap(place, html)) return
  const card = place.querySelector('[data-asked]')
  if ((card?.dataset.asked ?? '') === asked) return
  asked = card?.dataset.asked ?? ''
  if (card) callAttention(card.querySelector('h2').textContent.trim())
  else stopAttention()
}

window.addEventListener('pagehide', () => stopAttention())
