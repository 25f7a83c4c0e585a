// The player of each clip. The sound is fetched once, when somebody first presses play: that fetch is what the audit shows.
// Without this script the browser's own controls play it.
import { element, offer, tellOf } from './shortcuts.js'
import { draw, loudness } from './waveform.js'

const STEP_SECONDS = 5
const AGAIN_SECONDS = 3 // heard again on going on, because the last words were lost while typing
const SPEEDS = [0.75, 1, 1.25, 1.5, 2]
const LOUDER = [['Normal', 1], ['Louder', 2.5], ['Loudest', 6]]
const players = []

class Player {
  #audio
  #name
  #peaks = new Float32Array(1)
  #piece = null // seconds; its end is missing while only the beginning is marked
  #loading = null
  #wasPausedAt = null
  #gain = null

  constructor (audio, name) {
    this.#audio = audio
    this.#name = name
    this.#build()
    for (const kind of ['play', 'pause', 'seeked', 'ended', 'durationchange']) audio.addEventListener(kind, () => this.#show())
    audio.addEventListener('timeupdate', () => this.#tick())
    audio.addEventListener('pause', () => this.#say(`Paused at ${this.#where()}`))
    new ResizeObserver(() => this.#draw()).observe(this.wave)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw())
    this.#show()
  }

  async toggle () {
    if (!this.#audio.paused) {
      this.#audio.pause()
      this.#wasPausedAt = this.#audio.currentTime
      return
    }
    for (const other of players) if (other !== this) other.#audio.pause()
    if (!await this.#load()) return
    if (this.#wasPausedAt === this.#audio.currentTime && !this.#audio.ended) this.#to(this.#wasPausedAt - AGAIN_SECONDS)
    await this.#gain?.context.resume()
    await this.#audio.play()
    this.#follow()
  }

  seek (by) {
    if (!this.#loading) return
    this.#to(this.#audio.currentTime + by)
    this.#say(this.#where())
  }

  contains (place) {
    return this.box.closest('.desk-clip').contains(place)
  }

  isUsed () {
    return this.#loading !== null
  }

  #load () {
    this.#loading ??= this.#fetch()
    return this.#loading
  }

  async #fetch () {
    const answer = await fetch(this.#audio.src).catch(() => null)
    if (answer?.redirected || answer?.status === 401) return location.replace('/expired')
    if (!answer?.ok) {
      this.#loading = null // it may work another time, and that time is another entry in the audit
      this.#complain(answer?.status === 422 ? 'This clip cannot be opened. Tell whoever runs the desk.' : 'The sound did not arrive. Try again.')
      return false
    }
    const sound = await answer.blob()
    const address = URL.createObjectURL(sound)
    this.#audio.src = address
    addEventListener('pagehide', () => URL.revokeObjectURL(address))
    await new Promise(resolve => {
      for (const kind of ['loadedmetadata', 'error']) this.#audio.addEventListener(kind, resolve, { once: true })
      this.#audio.load()
    })
    if (this.#audio.error) return this.#complain('This browser cannot play the clip.')
    this.#audio.playbackRate = this.speed.value
    this.problem.hidden = true
    this.#peaks = await loudness(await sound.arrayBuffer()).catch(() => this.#peaks) // a sound without a picture still plays
    return true
  }

  #to (seconds) {
    const from = this.#isLooping() ? this.#piece[0] : 0
    this.#audio.currentTime = Math.min(this.#audio.duration || 0, Math.max(from, seconds))
    this.#wasPausedAt = null
  }

  #isLooping () {
    return this.#piece?.length === 2
  }

  #follow () {
    this.#tick()
    if (!this.#audio.paused) requestAnimationFrame(() => this.#follow())
  }

  #tick () {
    const ends = this.#isLooping() && this.#audio.currentTime >= this.#piece[1]
    if (ends && !this.#audio.paused) this.#audio.currentTime = this.#piece[0]
    this.#draw()
    this.time.textContent = `${clock(this.#audio.currentTime)} / ${clock(this.#audio.duration)}`
    // Who stands on the slider would hear every second of it.
    if (document.activeElement !== this.wave || this.#audio.paused) this.#setSlider()
  }

  #mark () {
    const now = this.#audio.currentTime
    if (this.#isLooping()) this.#piece = null
    else if (this.#piece && now > this.#piece[0] + 0.2) this.#piece = [this.#piece[0], now]
    else this.#piece = [now]
    this.loop.textContent = this.#isLooping() ? 'Stop repeating' : this.#piece ? 'Repeat to here' : 'Repeat from here'
    this.#say(this.#isLooping() ? `Repeating from ${words(this.#piece[0])} to ${words(this.#piece[1])}` : this.#piece ? `Repeats from ${words(now)}. Mark the end.` : 'Repeats no longer')
    this.#draw()
  }

  #louder () {
    const factor = Number(this.volume.value)
    if (!this.#gain) {
      if (factor === 1) return
      const context = new AudioContext()
      this.#gain = context.createGain()
      // The limiter: what is loud already must not hurt when the quiet is raised.
      const limiter = new DynamicsCompressorNode(context, { threshold: -6, knee: 0, ratio: 20, attack: 0.003, release: 0.15 })
      context.createMediaElementSource(this.#audio).connect(this.#gain).connect(limiter).connect(context.destination)
      context.resume()
    }
    this.#gain.gain.value = factor
  }

  #keyed (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const by = { ArrowLeft: -STEP_SECONDS, ArrowDown: -STEP_SECONDS, ArrowRight: STEP_SECONDS, ArrowUp: STEP_SECONDS, PageUp: 15, PageDown: -15, Home: -Infinity, End: Infinity }[event.key]
    if (by !== undefined) this.seek(by)
    else if (event.key === ' ' || event.key === 'Enter') this.toggle()
    else return
    event.preventDefault()
  }

  #pointed (event) {
    const box = this.wave.getBoundingClientRect()
    if (this.#loading) this.#to((event.clientX - box.left) / box.width * (this.#audio.duration || 0))
  }

  #build () {
    const clip = this.#name.toLowerCase()
    this.box = element('div', { className: 'desk-player' })
    this.play = button('desk-player__play', '')
    this.wave = element('canvas', { className: 'desk-player__wave', tabIndex: 0, role: 'slider', ariaLabel: `Position in ${clip}`, ariaValueMin: '0' })
    this.time = element('span', { className: 'desk-player__time' })
    this.loop = button('desk-player__loop', 'Repeat from here')
    this.speed = choice(SPEEDS.map(speed => [`${speed}x`, speed]), 1)
    this.volume = choice(LOUDER, 1)
    this.said = element('p', { className: 'govuk-visually-hidden', role: 'status' })
    this.problem = element('p', { className: 'govuk-error-message', role: 'alert', hidden: true })
    const more = element('div', { className: 'desk-player__more' })
    more.append(labelled('Speed', this.speed, clip), labelled('Volume', this.volume, clip), this.loop)
    this.box.append(this.play, this.wave, this.time, more, this.said, this.problem)
    this.play.addEventListener('click', () => this.toggle())
    this.loop.addEventListener('click', () => this.#mark())
    this.loop.disabled = true
    this.speed.addEventListener('change', () => { this.#audio.playbackRate = this.speed.value })
    this.volume.addEventListener('change', () => this.#louder())
    this.wave.addEventListener('keydown', event => this.#keyed(event))
    this.wave.addEventListener('pointerdown', event => { this.wave.setPointerCapture(event.pointerId); this.#pointed(event) })
    this.wave.addEventListener('pointermove', event => { if (event.buttons) this.#pointed(event) })
    this.#audio.controls = false
    this.#audio.hidden = true
    this.#audio.before(this.box)
  }

  #show () {
    const isPlaying = !this.#audio.paused
    this.play.textContent = isPlaying ? 'Pause' : 'Play'
    this.play.ariaLabel = `${this.play.textContent} ${this.#name.toLowerCase()}`
    this.play.classList.toggle('desk-player__play--on', isPlaying)
    this.loop.disabled = !(this.#audio.duration > 0)
    this.#tick()
  }

  #setSlider () {
    this.wave.ariaValueMax = String(Math.round(this.#audio.duration) || 0)
    this.wave.ariaValueNow = String(Math.round(this.#audio.currentTime))
    this.wave.ariaValueText = this.#where()
  }

  #where () {
    return this.#audio.duration > 0 ? `${words(this.#audio.currentTime)} of ${words(this.#audio.duration)}` : 'Not played yet'
  }

  #draw () {
    const whole = this.#audio.duration || 1
    const [from, to] = this.#piece ?? []
    draw(this.wave, this.#peaks, this.#audio.currentTime / whole, this.#piece && [from / whole, (to ?? from) / whole])
  }

  #say (what) {
    this.said.textContent = what
  }

  #complain (what) {
    this.problem.textContent = what
    this.problem.hidden = false
    return false
  }
}

function button (className, textContent) {
  return element('button', { type: 'button', className, textContent })
}

function choice (options, chosen) {
  const select = element('select', {})
  select.append(...options.map(([words, value]) => new Option(words, value, value === chosen, value === chosen)))
  return select
}

function labelled (words, select, clip) {
  const label = element('label', { className: 'desk-player__choice' })
  const of = element('span', { className: 'govuk-visually-hidden', textContent: ` of ${clip}` })
  label.append(words, of, ' ', select)
  return label
}

function clock (seconds) {
  const whole = Math.floor(seconds || 0)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

function words (seconds) {
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  const rest = `${whole % 60} second${whole % 60 === 1 ? '' : 's'}`
  return minutes ? `${minutes} minute${minutes === 1 ? '' : 's'} ${rest}` : rest
}

function current () {
  return players.find(player => player.contains(document.activeElement)) ?? players.findLast(player => player === last) ?? players[0]
}

let last = null
for (const audio of document.querySelectorAll('.desk-clip audio')) {
  const clip = audio.closest('.desk-clip')
  const player = new Player(audio, audio.dataset.name ?? 'Clip')
  players.push(player)
  audio.addEventListener('play', () => { last = player })
  if (players.length === 1) clip.querySelector('.govuk-hint')?.append(' Ctrl + Enter plays and pauses, Ctrl + Shift + Enter goes back 5 seconds.')
  clip.querySelector('textarea')?.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
    event.preventDefault()
    if (event.shiftKey) player.seek(-STEP_SECONDS)
    else player.toggle()
  })
}
if (players.length) {
  const moved = by => current().isUsed() ? current().seek(by) : false
  offer('p', 'Play or pause the clip', () => { current().toggle() })
  offer('ArrowLeft', '5 seconds back', () => moved(-STEP_SECONDS), '←')
  offer('ArrowRight', '5 seconds on', () => moved(STEP_SECONDS), '→')
  tellOf('Ctrl Enter', 'In the text: play or pause')
  tellOf('Ctrl Shift Enter', 'In the text: 5 seconds back')
}
