// The phone: what its person does goes to the line, and what the line tells is shown.

import { Line, fetchOfCall } from "./line.js"
import { loudness } from "./sound/frames.js"
import { Sound } from "./sound/sound.js"
import { readable, told } from "./words.js"

const WAITING = { key: "Press a key", recording: "Speak now; # ends it", nothing: "Listen", ended: "" }
const PRESSED_MS = 140

const at = (id) => document.getElementById(id)
const page = document.body

let line
let state = "idle"
let speaks = false
let answeredAt = null
let ownLevel = 0
let fileIsPlayed = false
let over = null // the call that ended last, by the exchange's name for it

const sound = new Sound(
  (frame, level) => {
    ownLevel = level
    if (inCall() && (at("microphone").checked || fileIsPlayed)) line.speak(frame)
  },
  (level) => {
    at("line-level").style.setProperty("--level", loudness(level))
    at("own-level").style.setProperty("--level", loudness(ownLevel))
  },
)

// ---- what the line tells ---------------------------------------------------------------------------------------------

const events = {
  hello({ lines, callers, speaks: can }) {
    speaks = can
    fill(at("to"), lines.map((number) => [number, readable(number)]))
    fill(at("caller"), callers.map(({ name, label }) => [name, label]))
    if (!can) {
      at("say").hidden = true
      at("instead-told").textContent =
        "This exchange has no voice: what the line says stands here as text only. " +
        "While the line records you, it can hear a sound file."
    }
    show("idle")
  },
  answered() {
    answeredAt = Date.now()
    show("talking")
  },
  stands({ waiting_for: waiting }) {
    at("hint").textContent = WAITING[waiting]
    if (waiting !== "recording" && state === "recording") show("talking")
  },
  recording() {
    show("recording")
  },
  recorded() {
    show("talking")
  },
  async ended({ call }) {
    sound.closeMicrophone()
    sound.stopFile?.()
    ownLevel = 0
    show("ended")
    if (call) await keep(call)
  },
  refused({ reason }) {
    note(reason === "NotRecording" ? "Nobody is recording now: wait for the tone" : "The voice cannot say that")
  },
}

function hear(event) {
  const item = told(event)
  if (item) write(item)
  events[event.event]?.(event)
}

function lost() {
  sound.closeMicrophone()
  show("lost")
}

// ---- what is shown ---------------------------------------------------------------------------------------------------

const STATES = {
  idle: "Ready to ring",
  ringing: "Ringing",
  talking: "On the line",
  recording: "Recording you",
  ended: "The call is over",
  lost: "The exchange is gone: start it, then load this page again",
}

const HINTS = { idle: "Call rings the line", ringing: "Waiting for an answer", ended: "Call rings it again", lost: "" }

const inCall = () => ["ringing", "talking", "recording"].includes(state)

function show(now) {
  const before = inCall()
  const focused = document.activeElement
  state = now
  page.dataset.state = now
  at("state").textContent = STATES[now]
  at("number").textContent = readable(at("to").value)
  at("call").disabled = now === "lost"
  at("call").hidden = inCall()
  at("hang-up").hidden = !inCall()
  for (const id of ["to", "caller"]) at(id).disabled = inCall()
  at("file").disabled = now !== "recording"
  at("say-now").disabled = now !== "recording"
  at("hint").textContent = HINTS[now] ?? at("hint").textContent
  if (before !== inCall() && [at("call"), at("hang-up")].includes(focused)) {
    at(inCall() ? "hang-up" : "call").focus()
  }
}

function write({ kind, text, language }) {
  const item = document.createElement("li")
  item.className = kind
  item.textContent = text
  if (language) item.lang = language
  at("empty").hidden = true
  if (language) at("now").textContent = text
  at("entries").append(item)
  at("transcript").scrollTop = at("transcript").scrollHeight
}

function note(text) {
  write({ kind: "note", text })
}

function fill(select, choices) {
  select.replaceChildren(...choices.map(([value, label]) => new Option(label, value)))
}

async function keep(call) {
  over = call
  at("now").textContent = ""
  at("script").textContent = await (await fetchOfCall(call, "script")).text()
  at("kept-told").textContent = ""
  at("kept").hidden = false
}

const clock = (seconds) => [seconds / 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":")

setInterval(() => {
  if (inCall() && answeredAt) at("timer").textContent = clock((Date.now() - answeredAt) / 1000)
}, 250)

// ---- what the person does --------------------------------------------------------------------------------------------

async function call() {
  if (inCall() || at("call").disabled) return
  answeredAt = null
  at("timer").textContent = "00:00"
  at("entries").replaceChildren()
  at("now").textContent = ""
  at("kept").hidden = true
  if (matchMedia("(max-width: 47rem)").matches) at("setup").open = false
  show("ringing")
  try {
    await sound.begin()
    if (at("microphone").checked) openMicrophone()
  } catch {
    note("This browser cannot play the line's sound: read what is said instead")
  }
  line.ring(at("to").value, at("caller").value)
}

// The call goes on while the browser asks whether the page may hear its person, and also when it may not.
async function openMicrophone() {
  try {
    await sound.openMicrophone()
    at("microphone-told").textContent = ""
    if (!inCall()) sound.closeMicrophone()
  } catch (error) {
    at("microphone").checked = false
    const refused = error.name === "NotAllowedError"
    const instead = speaks ? "Type your words or choose a file instead." : "Choose a sound file instead."
    at("microphone-told").textContent =
      (refused ? "The browser does not let this page use a microphone. " : "No microphone was found. ") + instead
  }
}

function press(key) {
  sound.tone(key).catch(() => {}) // a browser without sound still presses
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`)
  button.classList.add("down")
  setTimeout(() => button.classList.remove("down"), PRESSED_MS)
  if (inCall()) line.press(key)
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

at("keypad").addEventListener("click", ({ target }) => {
  const key = target.closest("[data-key]")?.dataset.key
  if (key) press(key)
})
at("call").addEventListener("click", call)
at("hang-up").addEventListener("click", () => line.hangUp())
at("to").addEventListener("change", () => show(state))
at("microphone").addEventListener("change", ({ target }) => {
  at("microphone-told").textContent = ""
  if (!inCall()) return
  if (target.checked) openMicrophone()
  else sound.closeMicrophone()
})
at("say").addEventListener("submit", (event) => {
  event.preventDefault()
  const words = at("words").value.trim()
  if (words === "" || state !== "recording") return
  line.say(words)
  at("words").value = ""
})
at("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files
  if (!file) return
  fileIsPlayed = true
  try {
    await sound.speakFile(file)
  } catch {
    note("The browser cannot play that file")
  } finally {
    fileIsPlayed = false
    target.value = ""
  }
})
at("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(at("script").textContent)
  at("kept-told").textContent = "Copied."
})
at("save-script").addEventListener("click", () => save(new Blob([at("script").textContent]), "call.txt"))
at("save-all").addEventListener("click", async () => save(await fetchOfCall(over, "kept.zip"), "call.zip"))

document.addEventListener("keydown", (event) => {
  if (!at("shortcuts").checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
  const there = event.target.closest("input:not([type=checkbox]), select, textarea")
  const acts = event.target.closest("button, a, input, select, textarea")
  if (event.key === "Escape" && inCall()) line.hangUp()
  else if (event.key === "Enter" && !acts) call()
  else if (/^[0-9*#]$/.test(event.key) && !there) press(event.key)
})

line = new Line(hear, (frame) => sound.play(frame), lost)
