// Stands in for the softphone where a test is about the page around it: it answers at once and carries nothing.
export function openSoftphone (kind, address) {
  return (window.softphone = new Softphone(kind, address))
}

class Softphone extends EventTarget {
  constructor (kind, address) {
    super()
    Object.assign(this, { kind, address, done: [], isConnected: false, muted: false })
  }

  async connect (accessToken, offerToken) {
    this.muted = false // as the real one
    this.done.push(`connect ${accessToken} ${offerToken}`)
    this.tell('connected')
    this.isConnected = true
    this.tell('level', { mine: 0.6, theirs: 0.3 })
    return true
  }

  mute (on) {
    this.muted = on
    this.done.push(`mute ${on}`)
  }

  press (key) { this.done.push(`press ${key}`) }

  refresh (token) { this.done.push(`refresh ${token}`) }

  async useMicrophone (id) { this.done.push(`microphone ${id}`) }

  async useSpeaker (id) { this.done.push(`speaker ${id}`) }

  async devices () {
    return { microphones: [{ id: 'a', label: 'Headset' }, { id: 'b', label: 'Built in' }], speakers: [{ id: 'c', label: 'Headset' }] }
  }

  hangUp () {
    if (!this.isConnected) return
    this.isConnected = false
    this.done.push('hang up')
    this.tell('ended', { reason: 'hung-up' })
  }

  tell (event, detail = {}) { this.dispatchEvent(new CustomEvent(event, { detail })) }
}
