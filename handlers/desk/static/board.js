// Keeps the wallboard fresh: asks for it each second, also in a tab nobody looks at, lets the times on it run, and calls
// for whoever must do something. Without it the page shows the moment at which it was loaded.
import { callAttention, stopAttention } from './attention.js'
import { every } from './ticker.js'

const EVERY_MS = 1000
const STALE_AFTER_MS = 6000
const BAR_WIDTH = 100

const place = document.querySelector('[data-board]')
const stale = document.querySelector('[data-board-stale]')
const news = document.querySelector('[data-board-news]')
const alarmSeconds = Number(place.dataset.alarmSeconds)
const ahead = Number(place.dataset.now) - Date.now() / 1000 // of the server's clock before this one
let etag = ''
let isAsking = false
let freshAt = Date.now()
let calledFor = ''

every(EVERY_MS, () => { run(); look() })
look()
fillTheScreen()

async function look () {
  if (isAsking) return
  isAsking = true
  const headers = etag ? { 'If-None-Match': etag } : {}
  const answer = await fetch('/board/state', { headers, cache: 'no-store', signal: AbortSignal.timeout(5000) }).catch(() => null)
  isAsking = false
  if (answer?.status === 401) return location.replace('/expired')
  if (answer?.status === 403) return location.reload()
  if (answer?.ok) show(await answer.json().catch(() => null), answer.headers.get('ETag'))
  if (answer?.ok || answer?.status === 304) freshAt = Date.now()
  tellAge()
}

function show (told, mark) {
  if (!told) return
  etag = mark ?? ''
  const focused = place.contains(document.activeElement) ? document.activeElement.id : ''
  place.innerHTML = told.page // our own server's fragment, escaped there; scripts in it would not run under our policy
  if (focused) document.getElementById(focused)?.focus()
  run()
  if (news.textContent !== told.news) news.textContent = told.news
  if (told.call !== calledFor) { // what somebody has silenced stays silent until there is something new to say
    calledFor = told.call
    if (told.call) callAttention(told.call, { urgent: told.urgent })
    else stopAttention()
  }
}

// Numbers on a wall that stand still for want of a network must not pass for the truth.
function tellAge () {
  const age = Date.now() - freshAt
  stale.hidden = age < STALE_AFTER_MS
  place.classList.toggle('desk-board--stale', !stale.hidden)
  const words = 'The desk cannot be reached: what stands here is old. It is asked again each second.'
  if (!stale.hidden && stale.textContent !== words) stale.textContent = words
}

function run () {
  const now = Date.now() / 1000 + ahead
  const passed = since => Math.max(0, Math.floor(now - Number(since)))
  for (const one of place.querySelectorAll('[data-since]')) set(one, clock(passed(one.dataset.since)))
  for (const one of place.querySelectorAll('[data-minutes-since]')) set(one, minutes(passed(one.dataset.minutesSince)))
  for (const one of place.querySelectorAll('[data-minutes-until]')) set(one, minutes(Math.max(0, Math.floor(Number(one.dataset.minutesUntil) - now))))
  for (const one of place.querySelectorAll('[data-bar-since]')) {
    const seconds = passed(one.dataset.barSince)
    one.setAttribute('width', Math.min(BAR_WIDTH, seconds * BAR_WIDTH / (2 * alarmSeconds)))
    one.classList.toggle('desk-board__bar--long', seconds >= alarmSeconds)
    one.closest('tr').classList.toggle('desk-board__late', seconds >= alarmSeconds)
  }
  const first = place.querySelector('.desk-board__one')
  const longest = first?.querySelector('[data-since]')
  first?.classList.toggle('desk-board__one--alert', Boolean(longest) && passed(longest.dataset.since) >= alarmSeconds)
}

function set (one, words) {
  if (one.textContent !== words) one.textContent = words
}

function clock (seconds) {
  const two = number => String(number).padStart(2, '0')
  const [hours, rest] = [Math.floor(seconds / 3600), seconds % 3600]
  return hours ? `${hours}:${two(Math.floor(rest / 60))}:${two(rest % 60)}` : `${Math.floor(rest / 60)}:${two(rest % 60)}`
}

function minutes (seconds) {
  const [hours, rest] = [Math.floor(seconds / 3600), Math.floor(seconds % 3600 / 60)]
  return hours ? `${hours} h ${rest} min` : `${rest} min`
}

function fillTheScreen () {
  const button = document.querySelector('[data-board-fill]')
  if (!button || !document.fullscreenEnabled) return
  button.hidden = false
  button.addEventListener('click', () => {
    if (document.fullscreenElement) document.exitFullscreen()
    else document.documentElement.requestFullscreen().catch(() => {})
  })
  document.addEventListener('fullscreenchange', () => {
    button.setAttribute('aria-pressed', String(Boolean(document.fullscreenElement)))
  })
}
