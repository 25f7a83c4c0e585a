// The wire to the exchange: sound as binary frames, everything else as JSON.

export class Line {
  // `told(event)` gets what the exchange tells, `sounded(frame)` each 20 ms of sound, `lost()` the end of the wire.
  constructor(told, sounded, lost) {
    this.socket = new WebSocket(`ws://${location.host}/phone`)
    this.socket.binaryType = "arraybuffer"
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? told(JSON.parse(data)) : sounded(data))
    this.socket.onclose = lost
  }

  ring(to, caller) {
    this.send({ do: "ring", to, caller })
  }

  press(key) {
    this.send({ do: "press", key })
  }

  say(words) {
    this.send({ do: "say", words })
  }

  hangUp() {
    this.send({ do: "hang up" })
  }

  speak(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame)
  }

  send(what) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what))
  }
}

// Returns something of a call that is over: its script, or the archive with what was spoken.
export async function fetchOfCall(call, what) {
  const answer = await fetch(`/calls/${call}/${what}`, { headers: { "X-Simulator": "page" } })
  if (!answer.ok) throw new Error(answer.statusText)
  return answer.blob()
}
