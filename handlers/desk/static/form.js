// Keeps a form saved while somebody types. Which questions it shows is decided by the server alone: each save asks it.
// What is not saved yet lives in this page's memory and nowhere else: browsers keep their stores in clear on the disk.
const SAVE_AFTER_MS = 3000
const RETRY_MS = [4000, 8000, 15000, 30000]
const KEEPALIVE_BYTES = 60000 // browsers refuse more in a request that outlives its page
const TELL_MS = 15000

for (const form of document.querySelectorAll('[data-form]')) keepSaved(form)

function keepSaved (form) {
  const replaces = form.elements.namedItem('replaces')
  const name = form.elements.namedItem('save')
  const words = form.querySelector('[data-save-words]')
  const told = form.querySelector('[data-save-told]')
  const saveButton = form.querySelector('[data-save-button]')
  const cover = form.querySelector('[data-away]')
  const page = {
    versions: replaces.value.split(' '), // that may stand in the store: the last confirmed, then each that was sent since
    changes: 0,
    saved: 0,
    since: 0, // when the oldest unsaved change was made
    failures: 0,
    state: form.dataset.differs ? 'differs' : 'saved',
    timer: 0,
    running: null,
    leaving: false
  }
  // Under this address a reload would send the form once more.
  history.replaceState(null, '', location.pathname.replace(/\/form\/\w+$/, '/form'))
  if (page.state === 'saved') say('Saved. What you change is saved by itself.')

  form.addEventListener('input', changed)
  form.addEventListener('change', changed)
  form.addEventListener('focusout', () => { if (isUnsaved()) soon(200) })
  form.addEventListener('submit', submitted)
  document.addEventListener('visibilitychange', () => { if (document.hidden) flush() })
  window.addEventListener('pagehide', flush)
  window.addEventListener('online', () => { if (isUnsaved()) soon(0) })
  window.addEventListener('beforeunload', event => { if (isUnsaved() && page.failures && !page.leaving) event.preventDefault() })
  document.addEventListener('desk:expire', event => {
    if (!isUnsaved()) return
    event.preventDefault() // the page would be cleared with what nobody else has
    goAway()
  })
  document.addEventListener('desk:cover', goAway) // a call goes on, and its page must not be taken away
  cover.querySelector('[data-back]').addEventListener('click', comeBack)
  setInterval(tellHowLong, TELL_MS)

  function isUnsaved () { return page.changes !== page.saved }

  function isStopped () { return ['differs', 'taken', 'refused'].includes(page.state) }

  function changed () {
    if (!isUnsaved()) page.since = Date.now()
    page.changes += 1
    if (isStopped()) return
    if (!page.failures) say('Saving soon.')
    soon(SAVE_AFTER_MS)
  }

  function soon (wait) {
    if (page.timer && wait >= SAVE_AFTER_MS) return // every few seconds, not only once somebody pauses
    clearTimeout(page.timer)
    page.timer = setTimeout(() => { page.timer = 0; save() }, wait)
  }

  function flush () {
    if (isUnsaved() && !page.leaving && !isStopped()) send(true).catch(() => {})
  }

  // Each save names every version that it may replace. So one whose answer was lost does no harm, and one that
  // arrives late finds none of them and replaces nothing.
  function send (keepalive) {
    const save = newName()
    replaces.value = page.versions.join(' ')
    name.value = save
    const body = new FormData(form)
    page.versions = [...page.versions.slice(0, 1), ...page.versions.slice(1).slice(-100), save]
    replaces.value = page.versions.join(' ')
    name.value = newName()
    const size = [...body.values()].reduce((sum, value) => sum + value.length * 3 + 200, 0)
    const sent = { save, changes: page.changes }
    return fetch(form.dataset.autosave, { method: 'POST', body, keepalive: keepalive && size < KEEPALIVE_BYTES })
      .then(answer => ({ ...sent, answer }))
  }

  function save () {
    if (page.running) return page.running.then(() => isUnsaved() && !isStopped() && !page.failures ? save() : undefined)
    clearTimeout(page.timer)
    page.timer = 0
    page.running = attempt().finally(() => { page.running = null })
    return page.running
  }

  async function attempt (again = false) {
    const sent = await send(false).catch(() => null)
    if (!sent) return failed('network')
    if (sent.answer.ok) return confirmed(sent, await sent.answer.json().catch(() => ({})))
    switch (sent.answer.status) {
      case 400:
      case 401: return again ? stopped('refused') : renewed()
      case 403: return stopped('taken')
      case 409: return stopped('differs')
      case 413:
      case 422: return failed('long')
      default: return failed('server')
    }
  }

  async function renewed () {
    const answer = await askToken()
    if (!answer) return failed('network')
    if (answer.status === 401) return goAway()
    if (answer.status === 403) return stopped('taken')
    if (!answer.ok) return failed('server')
    takeToken(await answer.json())
    return attempt(true)
  }

  function askToken () { return fetch(form.dataset.token).catch(() => null) }

  function takeToken ({ token }) {
    for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = token
  }

  function confirmed (sent, now) {
    const wasAway = page.failures > 0
    const place = page.versions.indexOf(sent.save)
    page.versions = place < 0 ? [sent.save] : page.versions.slice(place)
    replaces.value = page.versions.join(' ')
    page.saved = sent.changes
    page.failures = 0
    page.state = 'saved'
    page.since = isUnsaved() ? Date.now() : 0
    say(`Saved at ${clock()}.`)
    const more = show(now)
    if (wasAway) tell('Saved again.')
    else if (more) tell(more === 1 ? 'One more question is on the form.' : `${more} more questions are on the form.`)
    if (isUnsaved()) soon(SAVE_AFTER_MS)
  }

  function failed (why) {
    const first = page.failures === 0 || page.state !== why
    page.state = why
    page.failures += 1
    tellHowLong()
    if (first) tell(words.textContent)
    if (why !== 'long') soon(RETRY_MS[Math.min(page.failures, RETRY_MS.length) - 1])
  }

  function stopped (why) {
    page.state = why
    page.failures += 1
    say({
      differs: 'Not saved: another version was saved in another window. Nothing is overwritten.',
      taken: 'Not saved: somebody else writes this now, or it is finished. What you typed is still here.',
      refused: 'Not saved: this page does not fit the desk any more. Copy what you typed, then load the page again.'
    }[why], true)
    saveButton.textContent = why === 'differs' ? 'Compare both versions' : 'Show what was not saved'
    saveButton.hidden = why === 'refused'
    tell(words.textContent)
  }

  function tellHowLong () {
    if (!isUnsaved() || !page.failures || isStopped()) return
    const minutes = Math.floor((Date.now() - page.since) / 60000)
    const long = minutes < 1 ? 'Not saved' : minutes === 1 ? 'Not saved for 1 minute' : `Not saved for ${minutes} minutes`
    say({
      network: `${long}: the network is away. What you typed is kept on this page and saved when it is back.`,
      server: `${long}: the desk does not answer. What you typed is kept on this page and tried again.`,
      long: `${long}: an answer is too long. Shorten it to 20,000 characters.`,
      away: `${long}: you are signed out.`
    }[page.state] ?? long, true)
  }

  function say (text, isBad = false) {
    words.textContent = text
    words.parentElement.classList.toggle('desk-form__state--bad', isBad)
  }

  function tell (text) { told.textContent = text } // for screen readers: only what is news

  async function submitted (event) {
    if (page.leaving || (event.submitter === saveButton && isStopped())) {
      page.leaving = true
      return
    }
    event.preventDefault()
    if (isStopped()) return tell(words.textContent)
    const button = event.submitter ?? saveButton
    page.failures = 0
    await save()
    if (isUnsaved() && page.state === 'saved') await save()
    if (button === saveButton) {
      if (!isUnsaved()) tell('Saved.')
    } else if (!isUnsaved()) {
      // Only what is safe leaves this page: without a network the browser would show its own page instead.
      page.leaving = true
      button.click()
      setTimeout(() => { page.leaving = false }, 10000)
    }
  }

  // ---- signed out meanwhile ----

  function goAway () {
    if (!cover.hidden) return
    page.state = 'away'
    page.failures += 1
    page.focused = document.activeElement
    document.body.classList.add('desk-is-away')
    cover.hidden = false
    cover.querySelector('a').focus()
    tellHowLong()
  }

  async function comeBack () {
    const answer = await askToken()
    const tellAway = text => { cover.querySelector('[data-away-told]').textContent = text }
    if (!answer) return tellAway('The network is away. Try again in a moment.')
    if (answer.status === 401) return tellAway('You are not signed in yet.')
    if (!answer.ok) return tellAway('Whoever is signed in now does not write this report. Sign in as yourself.')
    takeToken(await answer.json())
    document.dispatchEvent(new CustomEvent('desk:back'))
    document.body.classList.remove('desk-is-away')
    cover.hidden = true
    page.focused?.focus()
    save()
  }

  // ---- what the server says of the questions ----

  function show (now) {
    if (!Array.isArray(now.shown)) return 0
    let more = 0
    for (const field of form.querySelectorAll('[data-question]')) {
      const id = field.dataset.question
      const isShown = now.shown.includes(id) || isFilled(field) // typed since it was sent: the next save tells
      if (isShown && field.hidden) more += 1
      field.hidden = !isShown
      field.querySelector('[data-unasked]').hidden = !now.unasked.includes(id)
      hint(field.querySelector('[data-hints]'), now.hints[id] ?? [])
      showSide(id, isShown, now.answered.includes(id))
    }
    for (const part of form.querySelectorAll('[data-part]')) {
      part.hidden = !part.querySelector('[data-question]:not([hidden])')
    }
    form.querySelector('[data-shown-count]').textContent = now.shown.length
    form.querySelector('[data-answered-count]').textContent = now.answered.length
    return more
  }

  function showSide (id, isShown, isAnswered) {
    const side = form.querySelector(`[data-side="${id}"]`)
    side.hidden = !isShown
    side.querySelector('a').classList.toggle('desk-form__way--answered', isAnswered)
    side.querySelector('[data-side-answered]').textContent = isAnswered ? ', answered' : ''
  }

  function hint (list, hints) {
    if (list.dataset.said === hints.join('\n')) return
    list.dataset.said = hints.join('\n')
    list.replaceChildren(...hints.map(text => Object.assign(document.createElement('li'), { textContent: text })))
    list.hidden = hints.length === 0
  }
}

function isFilled (field) {
  return [...field.querySelectorAll('textarea')].some(area => area.value.trim()) ||
    [...field.querySelectorAll('input:checked')].some(input => input.value)
}

function newName () {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

function clock () {
  return new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}
