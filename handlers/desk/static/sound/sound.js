// The ear and the mouth of a telephone in a browser: the practice phone's and the softphone's.

import { keyTone } from "./tones.js"

// What a telephone does to a voice, too. Without the first the line would hear itself through the loudspeaker.
export const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }

export class Sound {
  // `spoke(frame, level)` gets each 20 ms that the caller says, `heard(level)` how loud each 20 ms of the line is.
  constructor(spoke, heard) {
    this.spoke = spoke
    this.heard = heard
    this.context = null
  }

  // Ends everything; nothing is played or taken afterwards.
  async close() {
    this.closeMicrophone()
    const { context } = this
    this.context = this.beginning = this.player = null
    await context?.close()
  }

  // Starts the browser's sound; it may only begin with a key or a click. May be asked again and again.
  async begin() {
    this.beginning ??= this.make()
    await this.beginning
    if (this.context.state === "suspended") await this.context.resume()
  }

  async make() {
    this.context = new AudioContext({ latencyHint: "interactive" })
    const { audioWorklet } = this.context
    await Promise.all(["capture.js", "player.js"].map((name) => audioWorklet.addModule(new URL(name, import.meta.url))))
    const mono = { channelCount: 1, channelCountMode: "explicit" }
    this.capture = new AudioWorkletNode(this.context, "capture", { ...mono, numberOfOutputs: 0 })
    this.capture.port.onmessage = ({ data }) => this.spoke(data.frame, data.level)
    this.player = new AudioWorkletNode(this.context, "player", { numberOfInputs: 0, outputChannelCount: [1] })
    this.player.port.onmessage = ({ data }) => this.heard(data)
    this.player.connect(this.context.destination)
  }

  play(frame) {
    this.player?.port.postMessage(frame, [frame])
  }

  // Opens a microphone, or throws what the browser says: NotAllowedError, NotFoundError and so on. Of one that is not
  // there any more the browser's own choice is opened.
  async openMicrophone(id = "") {
    if (this.microphone) return
    if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError")
    const audio = id ? { ...MICROPHONE, deviceId: { ideal: id } } : MICROPHONE
    const stream = await navigator.mediaDevices.getUserMedia({ audio })
    await this.begin()
    this.stream = stream
    // A headset was pulled out: whatever microphone is left takes over.
    stream.getTracks()[0].onended = () => this.changeMicrophone().catch(() => {})
    this.microphone = this.context.createMediaStreamSource(stream)
    this.microphone.connect(this.capture)
  }

  // Takes another microphone while one is open; that one stays when the other cannot be had.
  async changeMicrophone(id = "") {
    const { microphone, stream } = this
    this.microphone = null
    try {
      await this.openMicrophone(id)
    } catch (error) {
      this.microphone = microphone
      throw error
    }
    microphone?.disconnect()
    stream?.getTracks().forEach((track) => track.stop())
  }

  // Plays through a speaker from now on, where the browser lets a page choose; "" is the browser's own choice.
  async useSpeaker(id) {
    await this.begin()
    await this.context.setSinkId?.(id)
  }

  closeMicrophone() {
    this.microphone?.disconnect()
    this.stream?.getTracks().forEach((track) => track.stop())
    this.microphone = this.stream = null
  }

  // Speaks a sound file as if it came from the microphone; any kind that the browser can read. Ends with the file.
  async speakFile(file) {
    await this.begin()
    const source = this.context.createBufferSource()
    source.buffer = await this.context.decodeAudioData(await file.arrayBuffer())
    source.connect(this.capture)
    source.connect(this.context.destination)
    source.start()
    return new Promise((resolve) => {
      source.onended = resolve
      this.stopFile = () => source.stop()
    })
  }

  // Plays frames that were kept, and ends with them.
  async playBack(frames, rate) {
    await this.begin()
    const samples = Float32Array.from(frames.flatMap((frame) => [...frame]), (sample) => sample / 32768)
    const source = this.context.createBufferSource()
    source.buffer = this.context.createBuffer(1, samples.length, rate)
    source.buffer.copyToChannel(samples, 0)
    source.connect(this.context.destination)
    source.start()
    return new Promise((resolve) => (source.onended = resolve))
  }

  async tone(key) {
    await this.begin()
    keyTone(this.context, key)
  }
}
