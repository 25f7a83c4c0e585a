// What the exchange tells, in words for the transcript.

const WHY = { silence: "you were silent", limit: "the time was up", hangup: "you hung up", moved: "the line went on" }

// Returns how a number is written here: +448081570192 as 0808 157 0192.
export function readable(number) {
  const found = /^\+44(\d{3})(\d{3})(\d{4})$/.exec(number)
  return found ? `0${found[1]} ${found[2]} ${found[3]}` : number
}

// Returns an entry of the transcript for an event, or nothing for one that is not heard.
export function told(event) {
  switch (event.event) {
    case "says":
      return { kind: "line", text: event.words, language: event.language }
    case "plays":
      return { kind: "line sound", text: played(event) }
    case "pressed":
      return { kind: "you", text: `You pressed ${event.key}${event.heard ? "" : ". Nobody was listening"}` }
    case "said":
      return { kind: "you", text: `You said: ${event.words}` }
    case "recording":
      return { kind: "note", text: "Recording: the line keeps what you say" }
    case "recorded":
      return { kind: "note", text: recorded(event) }
    case "ended":
      return { kind: "note", text: event.call ? "The call is over" : "You hung up before anybody answered" }
    default:
      return null
  }
}

function played({ digits, seconds }) {
  const grouped = digits.replace(/(\d{4})(?=\d)/g, "$1 ")
  return digits ? `Digits: ${grouped}` : `A sound of ${seconds} seconds`
}

function recorded({ why, seconds, has_voice: hasVoice }) {
  const reason = WHY[why] ?? `you pressed ${why}`
  return hasVoice ? `Recording over after ${seconds} s: ${reason}` : `Nothing was recorded: ${reason}`
}
