// The sound of a call on a page: fetches a pass, connects the softphone to the seat that was given, and shows how it goes.
import { offer as offerKey } from './shortcuts.js'
import { openSoftphone } from './softphone.js'

const PASS_EVERY_MS = 300
const PASS_WAIT_MS = 20000
const SPEAKS = 0.35 // as headset.js: a voice, not a room
const REASONS = {
  'microphone-denied': 'This browser does not let the desk use a microphone. Allow it beside the address of the page, then try again.',
  'microphone-busy': 'Another program is using the microphone. Close it, then try again.',
  'microphone-missing': 'No microphone was found. Plug your headset in, then try again.',
  pass: 'No pass for the call came: the part of the line that makes it does not answer. Try again.',
  other: 'The sound could not be connected. Try again.'
}

// Opens the line of a page. `told` is called with "connected", "lost" (looked for again) and "gone" (ended or never there).
export function openLine (root, told) {
  if (root.dataset.kind === 'off') return { connect () {}, isConnected: false, mute () {}, hangUp () {} } // switched off since
  const phone = openSoftphone(root.dataset.kind, root.dataset.address)
  const words = root.querySelector('[data-line-told]')
  const again = root.querySelector('[data-again]')
  const { seat } = root.dataset
  let isConnected = false

  phone.addEventListener('connected', () => { isConnected = true; say(''); list(); told('connected') })
  phone.addEventListener('reconnecting', () => { say('Your connection broke. It is looked for; the caller is still there.'); told('lost') })
  phone.addEventListener('reconnected', () => { say('You are connected again.'); told('connected') })
  phone.addEventListener('failed', ({ detail }) => over(REASONS[detail.reason] ?? REASONS.other, true))
  phone.addEventListener('ended', () => over('The sound of this call has ended.', false))
  phone.addEventListener('level', ({ detail }) => { show('mine', detail.mine); show('theirs', detail.theirs) })
  phone.addEventListener('expiring', async () => phone.refresh(await fetchPass()))
  again.addEventListener('click', connect)
  for (const select of root.querySelectorAll('[data-device]')) select.addEventListener('change', () => use(select))
  for (const key of root.querySelectorAll('[data-key]')) key.addEventListener('click', () => phone.press(key.dataset.key))
  navigator.mediaDevices?.addEventListener('devicechange', list)

  async function connect () {
    again.hidden = true
    say('Connecting the sound.')
    const pass = await fetchPass()
    if (!pass) return over(REASONS.pass, true)
    await phone.connect(pass, seat)
  }

  function over (why, mayTry) {
    isConnected = false
    say(why)
    again.hidden = !mayTry
    show('mine', 0)
    show('theirs', 0)
    told('gone')
  }

  function say (text) { words.textContent = text }

  function show (whose, level) {
    const meter = root.querySelector(`[data-level="${whose}"]`)
    meter.style.setProperty('--level', level)
    meter.ariaValueNow = Math.round(level * 100)
    // Who speaks is at work, though they touch no key for half an hour.
    if (whose === 'mine' && level > SPEAKS) document.dispatchEvent(new CustomEvent('desk:used'))
  }

  async function list () {
    const { microphones, speakers } = await phone.devices()
    fill('microphone', microphones)
    fill('speaker', speakers)
    root.querySelector('[data-speakers]').hidden = !speakers.length
  }

  function fill (kind, choices) {
    const select = root.querySelector(`[data-device="${kind}"]`)
    const now = select.value
    select.replaceChildren(...choices.map(({ id, label }, at) => new Option(label || `Device ${at + 1}`, id)))
    if (choices.some(({ id }) => id === now)) select.value = now
  }

  function use (select) {
    const done = select.dataset.device === 'microphone' ? phone.useMicrophone(select.value) : phone.useSpeaker(select.value)
    done.catch(() => say('This device cannot be used. The one before is used still.'))
  }

  return {
    connect,
    get isConnected () { return isConnected },
    mute: on => phone.mute(on),
    hangUp: () => phone.hangUp()
  }
}

// A button that mutes, and the key m with it, once there is a line; `line` returns it.
export function bindMute (button, line) {
  const mute = () => {
    const on = button.getAttribute('aria-pressed') !== 'true'
    line()?.mute(on)
    button.setAttribute('aria-pressed', on)
    button.firstChild.textContent = on ? 'Muted ' : 'Mute '
  }
  button.addEventListener('click', mute)
  offerKey('m', 'Mute or unmute yourself', () => line()?.isConnected && mute())
}

async function fetchPass () {
  const token = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const asked = await post('/live/pass/asked', token)
  if (!asked?.ok) return null
  const end = Date.now() + PASS_WAIT_MS
  while (Date.now() < end) {
    const answer = await post('/live/pass', token)
    if (answer?.status === 200) return (await answer.json()).given
    await new Promise(resolve => setTimeout(resolve, PASS_EVERY_MS))
  }
  return null
}

function post (address, token) {
  const body = new FormData()
  body.set('csrf_token', document.querySelector('input[name="csrf_token"]').value)
  body.set('token', token)
  return fetch(address, { method: 'POST', body }).catch(() => null)
}
