// Plays a practice caller: rings the handler, carries the sound, and answers by key what their page asks.
import { bindMute, openLine } from './live_line.js'
import { post, watch } from './live_state.js'

const root = document.querySelector('[data-practice]')
const at = name => root.querySelector(`[data-${name}]`)
let line = null
let isOver = false

at('ring')?.addEventListener('click', ring)
bindMute(at('mute'), () => line)
document.addEventListener('click', elsewhere)
document.addEventListener('desk:expire', event => { if (line?.isConnected) event.preventDefault() })

async function ring () {
  at('ring').disabled = true
  const { script, person } = root.dataset
  const answer = await post('/practice/rung', { script, person })
  if (!answer.ok) {
    at('ring').disabled = false
    return tell(answer.said || 'The desk did not answer. Nobody was rung; try again.')
  }
  tell(answer.said)
  const here = `/practice/${answer.talk}`
  at('ring').hidden = true
  at('over').action = `${here}/over`
  at('over').hidden = false
  at('mute').hidden = false
  at('sound').hidden = false
  const place = at('line')
  place.dataset.seat = answer.seat
  const ask = watch(`${here}/state`, changed)
  for (const button of root.querySelectorAll('[data-answer]')) {
    button.addEventListener('click', async () => { await post(`${here}/answered`, { answer: button.dataset.answer }); ask() })
  }
  line = openLine(place, how => { if (how === 'gone') ask() })
  await line.connect()
}

function changed (now) {
  if (!now || isOver) return
  if (at('state').textContent !== now.words) tell(now.words)
  at('asks').hidden = !now.asks
  showOthers(now.others)
  if (!now.over) return
  isOver = true
  line.hangUp()
  at('over').hidden = true
  at('mute').hidden = true
  at('sound').hidden = true
  at('alarm').textContent = now.words
}

function showOthers (others) {
  const said = others.map(one => `${one.name} ${one.words}.`).join('\n')
  const list = at('others')
  if (list.dataset.said === said) return
  list.dataset.said = said
  list.replaceChildren(...said.split('\n').filter(Boolean).map(text => Object.assign(document.createElement('li'), { textContent: text })))
}

// A link would take this page away, and the sound with it: it opens beside.
function elsewhere (event) {
  const link = event.target.closest?.('a[href]')
  if (link && line?.isConnected && !link.getAttribute('href').startsWith('#')) link.target = '_blank'
}

function tell (words) { at('state').textContent = words }
