// The softphone's way to Twilio: its own Voice SDK, served by the desk, told to keep quiet about everything but the call.
import { microphoneReason } from './devices.js'
import { MICROPHONE } from './sound/sound.js'
import { keyTone } from './sound/tones.js'

const ANSWER_MS = 10_000 // half of what an offer lives
const LOST_MS = 10_000 // how long a caller may wait for a handler whose network is gone
const EXPIRING_MS = 60_000
const SOUNDS = [
  'disconnect', 'incoming', 'outgoing', 'dtmfh', 'dtmfs', ...Array.from({ length: 10 }, (_, digit) => `dtmf${digit}`)
]
// Of the access token: forged, expired, of another account, without the grant (twilio.com/docs/api/errors).
const TOKEN_CODES = new Set([20101, 20102, 20103, 20104, 20107, 20151, 31201, 31202, 31203, 31204, 31205, 31207])

// Returns the options of the SDK's Device. Without a sound of ours in each place it would fetch its own from Twilio's site;
// `publishEvents` is what its Insights look at, which would be told the quality, devices and network of each call.
export function optionsFor (edge) {
  const quiet = new URL('./sound/quiet.wav', import.meta.url).href
  return {
    allowIncomingWhileBusy: false, // and it never registers: nobody can ring it
    closeProtection: true,
    codecPreferences: ['opus', 'pcmu'],
    edge: edge || 'roaming',
    enableImprovedSignalingErrorPrecision: true,
    logLevel: 'error',
    maxCallSignalingTimeoutMs: LOST_MS, // above 0: the call is taken up again when the network comes back
    publishEvents: false,
    sounds: Object.fromEntries(SOUNDS.map(name => [name, quiet])),
    tokenRefreshMs: EXPIRING_MS
  }
}

export class Carrier {
  #edge
  #tell
  #device = null
  #call = null
  #muted = false
  #isConnected = false
  #isOver = false
  #timer = null

  constructor (edge, tell) {
    this.#edge = edge
    this.#tell = tell
  }

  async connect (token, offer, microphone, speaker) {
    const audio = microphone ? { ...MICROPHONE, deviceId: { ideal: microphone } } : MICROPHONE
    try {
      await askForMicrophone(audio) // first: whoever cannot be heard is connected with nobody
    } catch (error) {
      return this.#end('failed', microphoneReason(error))
    }
    try {
      const Device = await loadDevice()
      if (this.#isOver) return
      this.#device = new Device(token, optionsFor(this.#edge))
      this.#device.on('error', error => this.#failed(error))
      this.#device.on('tokenWillExpire', () => this.#tell('expiring', {}))
      this.#timer = setTimeout(() => this.#end('failed', 'unreachable'), ANSWER_MS)
      this.#follow(await this.#device.connect({ params: { offer }, rtcConstraints: { audio } }), speaker)
    } catch (error) {
      this.#failed(error)
    }
  }

  mute (on) {
    this.#muted = on
    this.#call?.mute(on)
  }

  press (key) {
    keyTone(this.#device.constructor.audioContext, key)
    this.#call.sendDigits(key)
  }

  hangUp () {
    this.#end()
  }

  refresh (token) {
    this.#device?.updateToken(token)
  }

  useMicrophone (id) {
    return this.#device?.audio.setInputDevice(id || 'default')
  }

  useSpeaker (id) {
    return this.#device?.audio.speakerDevices.set(id || 'default')
  }

  #follow (call, speaker) {
    if (this.#isOver) return call.disconnect()
    this.#call = call
    call.mute(this.#muted)
    call.on('accept', () => {
      clearTimeout(this.#timer)
      this.#isConnected = true
      if (speaker) this.useSpeaker(speaker).catch(() => {}) // one that is gone: the browser's own choice plays
      this.#tell('connected', {})
    })
    call.on('volume', (mine, theirs) => this.#tell('level', { mine, theirs }))
    call.on('reconnecting', () => {
      this.#timer = setTimeout(() => this.#end('ended', 'lost'), LOST_MS)
      this.#tell('reconnecting', {})
    })
    call.on('reconnected', () => {
      clearTimeout(this.#timer)
      this.#tell('reconnected', {})
    })
    call.on('error', error => this.#failed(error))
    for (const event of ['disconnect', 'cancel', 'reject']) call.on(event, () => this.#end('ended', 'other-side'))
  }

  // A call that goes on is not ended by what the SDK complains of: it says itself when the call is over.
  #failed (error) {
    if (this.#isConnected) return
    if (TOKEN_CODES.has(error?.code)) this.#end('failed', 'token')
    else if (!error?.code) this.#end('failed', 'unreachable')
    // What has another code it tries again, until the time is up.
  }

  #end (event, reason) {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#device?.destroy()
    if (event) this.#tell(event, { reason })
  }
}

async function askForMicrophone (audio) {
  if (!navigator.mediaDevices) throw new DOMException('', 'NotFoundError')
  const stream = await navigator.mediaDevices.getUserMedia({ audio })
  stream.getTracks().forEach(track => track.stop())
}

// Loads the SDK once: it is no module, but a script that leaves one name behind.
function loadDevice () {
  loadDevice.loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = new URL('./vendor/twilio.min.js', import.meta.url).href
    script.onload = () => resolve(globalThis.Twilio.Device)
    script.onerror = () => {
      loadDevice.loading = null
      reject(new Error('the softphone did not arrive'))
    }
    document.head.append(script)
  })
  return loadDevice.loading
}
