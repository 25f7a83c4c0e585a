// What signed-in pages of every application do by themselves: they cover what is open when nobody is there.
const WARN_BEFORE_MS = 120000
const NOTE_EVERY_MS = 60000

export function growTextareas () {
  for (const area of document.querySelectorAll('textarea[data-grow]')) {
    const grow = () => { area.rows = Math.min(30, Math.max(4, Math.ceil(area.scrollHeight / 26))) }
    area.addEventListener('input', grow)
    grow()
  }
}

// A page may hold what is saved nowhere else: then it covers itself instead, by preventing this event.
export function leave () {
  if (document.dispatchEvent(new CustomEvent('desk:expire', { cancelable: true }))) location.replace('/expired')
}

export function watchIdleness () {
  const idleMs = Number(document.body.dataset.idleSeconds) * 1000
  const dialog = document.getElementById('stay')
  if (!idleMs || !dialog) return
  const form = document.getElementById('stay-form')
  let lastNoted = Date.now()
  let lastUsed = Date.now()

  const note = async () => {
    lastNoted = lastUsed = Date.now()
    const answer = await fetch('/stay', { method: 'POST', body: new FormData(form) }).catch(() => null)
    if (answer?.redirected || answer?.status === 401) leave()
    dialog.hidden = true
  }
  // Somebody who types for half an hour sends nothing to the server: this tells it that they are at work.
  const used = () => {
    if (!dialog.hidden) return
    lastUsed = Date.now()
    if (lastUsed - lastNoted > NOTE_EVERY_MS) note()
  }
  for (const kind of ['keydown', 'pointerdown']) document.addEventListener(kind, used)
  document.querySelectorAll('audio').forEach(audio => audio.addEventListener('timeupdate', used))
  form.addEventListener('submit', event => { event.preventDefault(); note() })
  document.addEventListener('desk:used', used) // who speaks in a call
  document.addEventListener('desk:back', () => { lastNoted = lastUsed = Date.now() })
  setInterval(() => {
    const left = idleMs - (Date.now() - lastNoted)
    if (left <= 0) leave()
    else if (left <= WARN_BEFORE_MS && dialog.hidden) {
      dialog.hidden = false
      form.querySelector('button').focus()
    }
  }, 1000)
}
