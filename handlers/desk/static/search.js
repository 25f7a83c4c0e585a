// Keeps what a search has found so far fresh while it goes on. Without it the page loads itself again.
const EVERY_MS = 1500

const place = document.querySelector('[data-found]')
const isRunning = () => place?.querySelector('[data-running="yes"]') !== null
const news = document.getElementById('found-news')
let timer = null

async function look () {
  const answer = await fetch('/search/found').catch(() => null)
  if (answer?.status === 401) return location.replace('/expired')
  if (answer?.ok) show(await answer.text())
  timer = isRunning() ? setTimeout(look, EVERY_MS) : null
}

function show (fresh) {
  const focused = place.contains(document.activeElement)
  const before = place.querySelectorAll('.desk-hit').length
  place.innerHTML = fresh // our own server's fragment, escaped there; scripts in it would not run under our policy
  if (focused) document.getElementById('found')?.focus()
  const now = place.querySelectorAll('.desk-hit').length
  if (!isRunning()) news.textContent = `The search has ended. ${now} found.`
  else if (now !== before) news.textContent = `${now} found so far.`
}

if (place && isRunning()) timer = setTimeout(look, EVERY_MS)
window.addEventListener('pagehide', () => clearTimeout(timer))
