// Time that goes on in a tab nobody looks at: there browsers hold a page's own timers back, to one a minute at last, but
// not a worker's. Only pages that need one may start it (`KEEPING_TIME`); elsewhere the page's own timers must do.
const waiting = new Map() // by id: { ms, does, timer }
let nextId = 0
let metronome = null // false: there is none

// Does something every so many milliseconds; returns what ends it.
export function every (ms, does) {
  const id = ++nextId
  const wanted = { ms, does, timer: 0 }
  waiting.set(id, wanted)
  metronome ??= started()
  begin(id, wanted)
  return () => {
    waiting.delete(id)
    clearInterval(wanted.timer)
    if (metronome) metronome.postMessage({ id, ms: 0 })
  }
}

function begin (id, wanted) {
  if (metronome) metronome.postMessage({ id, ms: wanted.ms })
  else wanted.timer = setInterval(wanted.does, wanted.ms)
}

function started () {
  try {
    const worker = new Worker(new URL('metronome.js', import.meta.url))
    worker.onmessage = ({ data }) => waiting.get(data)?.does()
    worker.onerror = () => { // refused, or not there: browsers say so only later
      metronome = false
      waiting.forEach((wanted, id) => begin(id, wanted))
    }
    return worker
  } catch {
    return false
  }
}
