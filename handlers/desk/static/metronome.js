// The worker behind ticker.js: it does nothing but say when so many milliseconds have passed.
const running = new Map()

onmessage = ({ data: { id, ms } }) => {
  clearInterval(running.get(id))
  running.delete(id)
  if (ms) running.set(id, setInterval(() => postMessage(id), ms))
}
