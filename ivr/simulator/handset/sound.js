// The ear, the mouth and the keys' own tones: everything that needs the browser's sound.

const TONES = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477],
  4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477],
  "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
}
const TONE_SECONDS = 0.14
const TONE_LOUDNESS = 0.09
// What a telephone does to a voice, too. Without the first the line would hear itself through the loudspeaker.
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 }

export class Sound {
  // `spoke(frame, level)` gets each 20 ms that the caller says, `heard(level)` how loud each 20 ms of the line is.
  constructor(spoke, heard) {
    this.spoke = spoke
    this.heard = heard
    this.context = null
  }

  // Starts the browser's sound; it may only begin with a key or a click. May be asked again and again.
  async begin() {
    this.beginning ??= this.make()
    await this.beginning
    if (this.context.state === "suspended") await this.context.resume()
  }

  async make() {
    this.context = new AudioContext({ latencyHint: "interactive" })
    await Promise.all(["capture.js", "player.js"].map((name) => this.context.audioWorklet.addModule(name)))
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

  // Opens the microphone, or throws what the browser says: NotAllowedError, NotFoundError and so on.
  async openMicrophone() {
    if (this.microphone) return
    if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError")
    const stream = await navigator.mediaDevices.getUserMedia({ audio: MICROPHONE })
    await this.begin()
    this.stream = stream
    this.microphone = this.context.createMediaStreamSource(stream)
    this.microphone.connect(this.capture)
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

  async tone(key) {
    await this.begin()
    const { context } = this
    const loudness = context.createGain()
    const end = context.currentTime + TONE_SECONDS
    loudness.gain.setValueAtTime(TONE_LOUDNESS, context.currentTime)
    loudness.gain.setTargetAtTime(0, end - 0.03, 0.008)
    loudness.connect(context.destination)
    for (const hertz of TONES[key]) {
      const wave = new OscillatorNode(context, { frequency: hertz })
      wave.connect(loudness)
      wave.start()
      wave.stop(end)
    }
  }
}
