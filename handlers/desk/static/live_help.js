// Help in a call: who could come and who is here, asked for again and again; what is asked does not leave the page.
import { send, watch } from './live_state.js'
import { swap } from './swap.js'

const place = document.querySelector('[data-help-place]')
const told = document.querySelector('[data-help-told]')
const NO_ANSWER = 'The desk did not answer. Nothing was changed; try again.'

if (place) {
  const ask = watch(`/live/call/${place.dataset.helpPlace}/help`, html => { if (html !== null) swap(place, html) }, 2)
  place.addEventListener('submit', async event => {
    event.preventDefault()
    const answer = await send(event.target, event.submitter)
    told.textContent = answer.said || (answer.ok ? '' : NO_ANSWER)
    ask()
  })
}
