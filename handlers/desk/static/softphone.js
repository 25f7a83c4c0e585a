// The softphone of the desk: one small interface, whoever carries the sound. docs/softphone.md tells what it promises.
import { choose, chosen, devices } from './devices.js'

const LEVEL_MS = 100
const CARRIERS = { exchange: './softphone_exchange.js', twilio: './softphone_twilio.js' }

// Returns a softphone. `kind`: "exchange" (the practice exchange) or "twilio". `address`: where the exchange listens, or
// Twilio's edge, where "" is the nearest.
export function openSoftphone (kind, address = '') {
  if (!(kind in CARRIERS)) throw new RangeError(`There is no softphone of the kind ${kind}`)
  return new Softphone(CARRIERS[kind], address)
}

class Softphone extends EventTarget {
  #file
  #address
  #call = null // the carrier's end of the present call
  #isConnected = false
  #answer = null // settles what `connect` returned
  #muted = false
  #levels = { mine: 0, theirs: 0 }
  #telling = null

  constructor (file, address) {
    super()
    this.#file = file
    this.#address = address
  }

  // Rings, and says whether somebody answered; `failed` says why not. The offer is all that is passed on.
  async connect (accessToken, offerToken) {
    if (this.#call) throw new DOMException('A call is going on', 'InvalidStateError')
    let call = this.#call = { hangUp () {} } // until the carrier is there
    this.#muted = false
    const answered = new Promise(resolve => { this.#answer = resolve })
    const begin = async () => {
      const { Carrier } = await import(this.#file)
      if (call !== this.#call) return // hung up meanwhile
      const carrier = call = this.#call = new Carrier(this.#address, (event, detail) => {
        if (carrier === this.#call) this.#happened(event, detail) // nothing more of a call that is over
      })
      carrier.mute(this.#muted)
      await carrier.connect(accessToken, offerToken, chosen('microphone'), chosen('speaker'))
    }
    // Not waited for: a carrier that gave up may leave it open for ever.
    begin().catch(() => call === this.#call && this.#happened('failed', { reason: 'unreachable' }))
    return answered
  }

  // The others hear nothing of me while this is on.
  mute (on) {
    this.#muted = on
    this.#call?.mute?.(on)
  }

  press (digit) {
    if (!/^[0-9*#]$/.test(digit)) throw new RangeError('not a key of a telephone')
    if (this.#isConnected) this.#call.press(digit)
  }

  // Ends the call. May be asked twice.
  hangUp () {
    if (!this.#call) return
    this.#call.hangUp()
    this.#happened('ended', { reason: 'hung-up' })
  }

  // A new token for the time after `expiring`.
  refresh (accessToken) {
    this.#call?.refresh?.(accessToken)
  }

  async useMicrophone (id) {
    await this.#call?.useMicrophone?.(id)
    choose('microphone', id)
  }

  async useSpeaker (id) {
    await this.#call?.useSpeaker?.(id)
    choose('speaker', id)
  }

  devices () {
    return devices()
  }

  #happened (event, detail = {}) {
    if (event === 'level') {
      this.#levels.mine = Math.max(this.#levels.mine, this.#muted ? 0 : detail.mine ?? 0)
      this.#levels.theirs = Math.max(this.#levels.theirs, detail.theirs ?? 0)
      return
    }
    if (event === 'connected') {
      this.#isConnected = true
      this.#answer(true)
      this.#telling = setInterval(() => this.#tellLevels(), LEVEL_MS)
    }
    // A line that ended before it was there was none.
    if (event === 'ended' && !this.#isConnected && detail.reason !== 'hung-up') [event, detail] = ['failed', { reason: 'no-line' }]
    if (event === 'ended' || event === 'failed') {
      clearInterval(this.#telling)
      this.#call = null
      this.#isConnected = false
      this.#answer(false)
    }
    this.dispatchEvent(new CustomEvent(event, { detail }))
  }

  #tellLevels () {
    const detail = this.#levels
    this.#levels = { mine: 0, theirs: 0 }
    this.dispatchEvent(new CustomEvent('level', { detail }))
  }
}
