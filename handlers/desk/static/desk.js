// What the pages do by themselves. Everything works without it; the list is then as fresh as its last loading.
import { growTextareas, leave, watchIdleness } from './stay.js'
import { initAll } from './vendor/govuk-frontend.min.js'

const REFRESH_MS = 15000

document.body.classList.add('govuk-frontend-supported')
initAll()
growTextareas()
keepListFresh()
watchIdleness()

function keepListFresh () {
  const listing = document.querySelector('[data-listing]')
  if (!listing) return
  let shown = null
  setInterval(async () => {
    if (document.hidden) return
    const answer = await fetch('/reports/listing' + location.search).catch(() => null)
    if (answer?.status === 401) return leave()
    if (!answer?.ok) return
    const fresh = await answer.text()
    if (fresh !== shown && shown !== null) replaceKeepingFocus(listing, fresh)
    shown = fresh
  }, REFRESH_MS)
}

function replaceKeepingFocus (listing, fresh) {
  const focused = listing.contains(document.activeElement) ? document.activeElement.id : ''
  const cases = () => listing.querySelectorAll('.desk-row').length
  const before = cases()
  listing.innerHTML = fresh // our own server's fragment, escaped there; scripts in it would not run under our policy
  if (focused) document.getElementById(focused)?.focus()
  const news = document.getElementById('listing-news')
  if (news && cases() !== before) news.textContent = 'The list has changed.'
}
