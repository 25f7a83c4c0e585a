// The softphone's way to the practice exchange of this machine: sound as frames of 20 ms, everything else as JSON.
import { microphoneReason } from './devices.js'
import { loudness } from './sound/frames.js'
import { Sound } from './sound/sound.js'

const KEPT_MS = 10_000 // as long as the exchange keeps a call whose connection broke
const SILENT_MS = 3000 // a connection over which not even silence comes is broken
const TRIES_MS = [100, 300, 600, 1000]
const EXPIRING_MS = 60_000
const REASONS = { 4401: 'token', 4404: 'no-line' }
const GONE = 4410

export class Carrier {
  #address
  #tell
  #sound
  #socket = null
  #muted = false
  #resume = '' // the key to the call, once the exchange gave it
  #isConnected = false
  #isLost = false // its connection broke, and it is looked for
  #lostAt = 0
  #tries = 0
  #heardAt = 0
  #isOver = false
  #timers = new Set()

  constructor (address, tell) {
    this.#address = address
    this.#tell = tell
    this.#sound = new Sound((frame, level) => this.#spoke(frame, level), level => tell('level', { theirs: loudness(level) }))
  }

  async connect (token, offer, microphone, speaker) {
    try {
      await this.#sound.openMicrophone(microphone)
      await this.#sound.useSpeaker(speaker).catch(() => {}) // one that is gone: the browser's own choice plays
    } catch (error) {
      return this.#end('failed', microphoneReason(error))
    }
    if (this.#isOver) return this.#sound.close()
    addEventListener('beforeunload', askBeforeLeaving)
    addEventListener('pagehide', this.#leave)
    addEventListener('online', this.#look)
    this.#every(1000, () => this.#watch())
    this.refresh(token)
    this.#open({ token, params: { offer } })
  }

  mute (on) {
    this.#muted = on
  }

  press (key) {
    this.#sound.tone(key)
    this.#send({ do: 'press', key })
  }

  hangUp () {
    this.#send({ do: 'hang up' })
    this.#end()
  }

  // A call that is going on does not end with its token; a page may have one at hand all the same.
  refresh (token) {
    const left = expires(token) - Date.now() - EXPIRING_MS
    if (left > 0) this.#after(left, () => this.#tell('expiring', {}))
  }

  useMicrophone (id) {
    return this.#sound.changeMicrophone(id)
  }

  useSpeaker (id) {
    return this.#sound.useSpeaker(id)
  }

  // ---- the connection ----

  #open (first) {
    let socket
    try {
      socket = this.#socket = new WebSocket(`${this.#address}/softphone`)
    } catch {
      return this.#end('failed', 'unreachable')
    }
    socket.binaryType = 'arraybuffer'
    this.#heardAt = Date.now()
    socket.onopen = () => socket.send(JSON.stringify(first))
    socket.onmessage = ({ data }) => {
      this.#heardAt = Date.now()
      if (typeof data === 'string') this.#told(JSON.parse(data))
      else this.#sound.play(data)
    }
    socket.onclose = ({ code }) => this.#closed(code)
  }

  #told ({ event, resume }) {
    if (event === 'begun') {
      this.#resume = resume
      if (this.#isLost) {
        this.#isLost = false
        this.#tell('reconnected', {})
      }
    } else if (event === 'answered' && !this.#isConnected) {
      this.#isConnected = true
      this.#tell('connected', {})
    } else if (event === 'ended') {
      this.#end('ended', 'other-side')
    }
  }

  #closed (code) {
    this.#letGo()
    if (code in REASONS) this.#end('failed', REASONS[code])
    else if (code === GONE) this.#end('ended', 'lost')
    else if (!this.#resume) this.#end('failed', 'unreachable')
    else this.#lost()
  }

  #lost () {
    if (this.#isOver) return
    if (!this.#isLost) {
      this.#isLost = true
      this.#lostAt = Date.now()
      this.#tries = 0
      this.#tell('reconnecting', {})
    }
    if (Date.now() - this.#lostAt > KEPT_MS) return this.#end('ended', 'lost')
    this.#after(TRIES_MS[Math.min(this.#tries++, TRIES_MS.length - 1)], this.#look)
  }

  #look = () => {
    if (this.#isLost && !this.#socket && !this.#isOver) this.#open({ resume: this.#resume })
  }

  // Whoever lost the network is not told by the browser: frames stop coming, that is all.
  #watch () {
    if (!this.#socket || Date.now() - this.#heardAt < SILENT_MS) return
    this.#letGo()
    if (this.#resume) this.#lost()
    else this.#end('failed', 'unreachable')
  }

  #letGo () {
    const socket = this.#socket
    this.#socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  #leave = () => this.hangUp()

  #send (what) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(what))
  }

  #spoke (frame, level) {
    this.#tell('level', { mine: loudness(level) })
    if (!this.#muted && this.#isConnected && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame)
  }

  #end (event, reason) {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearInterval(timer)
    removeEventListener('pagehide', this.#leave)
    removeEventListener('online', this.#look)
    removeEventListener('beforeunload', askBeforeLeaving)
    this.#letGo()
    this.#sound.close()
    if (event) this.#tell(event, { reason })
  }

  #every (ms, act) {
    this.#timers.add(setInterval(act, ms))
  }

  #after (ms, act) {
    this.#timers.add(setTimeout(act, ms))
  }
}

// Returns when a token ends, in milliseconds; 0 where it does not say.
function expires (token) {
  try {
    return JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).exp * 1000
  } catch {
    return 0
  }
}

function askBeforeLeaving (event) {
  event.preventDefault()
}
