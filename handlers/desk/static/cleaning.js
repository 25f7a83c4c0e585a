// The bench for sanitising: marks are walked by key, text is chosen by selecting it, every deed and choice is kept at once.
// The server alone applies an edit and says what the texts are; what is not saved lives in this page's memory only.
import { offer } from './shortcuts.js'

const SAVE_AFTER_MS = 2500
const RETRY_MS = [4000, 8000, 15000, 30000]
const KEEPALIVE_BYTES = 60000 // browsers refuse more in a request that outlives its page
const AROUND = 70 // letters shown before and behind a place
const MOST_VERSIONS = 100

const form = document.querySelector('[data-bench]')
if (form) work(form)

function work (form) {
  const mayEdit = form.dataset.mayEdit === 'yes'
  const page = {
    versions: field('was').value.split(' ').filter(Boolean), // that may stand in the store: the last confirmed, then each sent
    changes: 0,
    saved: 0,
    failures: 0,
    stopped: form.dataset.differs ? 'differs' : '',
    timer: 0,
    queue: Promise.resolve(),
    leaving: false,
    letters: []
  }
  // Under the address of a save, a reload would send the form once more.
  history.replaceState(null, '', location.pathname.replace(/\/saved$/, '') + location.search)
  read()

  document.addEventListener('click', clicked)
  offer('n', 'Next mark that waits', () => step(1))
  offer('p', 'Previous mark that waits', () => step(-1))
  if (!mayEdit) return
  offer('x', 'Cut the mark, or the selected text', () => press('[name="deed"][value="cut"]'))
  offer('r', 'Put other words in its place', () => go('put'))
  offer('b', 'Put the proposed coarser words', () => press('[name="blur"]'))
  offer('e', 'Keep it exact, with a reason', () => go('keep'))
  offer('a', 'Add words behind it', () => go('add'))
  offer('u', 'Take back the last edit', () => press('[name="deed"][value="undo"]'))
  // A page that shows two versions is left to the server until one of them is kept.
  if (page.stopped) return
  say('Saved. What you change is saved by itself.')
  form.addEventListener('input', changed)
  form.addEventListener('change', changed)
  form.addEventListener('submit', submitted)
  document.addEventListener('selectionchange', selected)
  document.addEventListener('visibilitychange', () => { if (document.hidden) flush() })
  window.addEventListener('pagehide', flush)
  window.addEventListener('online', () => { if (isUnsaved()) soon(0) })
  window.addEventListener('beforeunload', event => { if (isUnsaved() && page.failures && !page.leaving) event.preventDefault() })
  document.addEventListener('desk:expire', event => {
    if (!isUnsaved()) return
    event.preventDefault() // the page would be cleared with what nobody else has
    goAway()
  })
  form.querySelector('[data-back]').addEventListener('click', comeBack)

  function field (name) { return form.elements.namedItem(name) }

  function part (name) { return document.querySelector(`[data-part="${name}"]`) }

  function isUnsaved () { return page.changes !== page.saved }

  // ---- the place that is decided ----

  function read () {
    // Places count letters as the server does: by code points, not by the halves that JavaScript counts.
    page.letters = [...form.querySelectorAll('[data-at]')].flatMap(bit => [...bit.textContent])
    const keys = form.querySelector('[data-keys]')
    keys.hidden = !form.querySelector('.desk-marks__one')
    const hint = form.querySelector('[data-key-hint]')
    if (hint) hint.hidden = document.body.dataset.shortcuts !== 'on'
    showCurrent()
  }

  function marks () { return [...form.querySelectorAll('.desk-marks__one')] }

  function clicked (event) {
    const link = event.target.closest('[data-mark], .desk-marks__one')
    const by = event.target.closest('[data-step]')
    if (by) return step(Number(by.dataset.step))
    if (!link || !form.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (!getSelection().isCollapsed && link.dataset.mark) return event.preventDefault() // they select, and let go on a mark
    const one = document.getElementById(`mark-${link.dataset.mark ?? link.dataset.number}`)
    if (!one) return
    event.preventDefault()
    choose(one)
  }

  function step (by) {
    const waiting = marks().filter(one => one.dataset.state === 'waits')
    const all = waiting.length ? waiting : marks()
    if (!all.length) return false
    const here = Number(mayEdit ? field('start').value : form.querySelector('.desk-marks__one[aria-current]')?.dataset.start ?? -1)
    const behind = all.findIndex(one => Number(one.dataset.start) > here)
    const before = all.filter(one => Number(one.dataset.start) < here).length - 1
    const at = by > 0 ? (behind < 0 ? 0 : behind) : (before < 0 ? all.length - 1 : before)
    choose(all[at])
  }

  function choose (one) {
    const { start, end, number, title, why, usual, reason, choices } = one.dataset
    aim({ start: Number(start), end: Number(end), number, title, why, usual, reason, choices: JSON.parse(choices) })
    form.querySelector('#decide').focus({ preventScroll: true })
    form.querySelector(`.desk-texts [data-mark="${number}"]`)?.scrollIntoView({ block: 'center' })
    form.querySelector('#decide').scrollIntoView({ block: 'nearest' })
    part('decide').scrollTop = 0
    tell(`${title}: ${words(Number(start), Number(end))}. ${why}`)
  }

  function words (start, end) { return page.letters.slice(start, end).join('') }

  function before (start) {
    const text = words(Math.max(0, start - AROUND), start)
    return start > AROUND ? `… ${text.slice(text.indexOf(' ') + 1)}` : text
  }

  function after (end) {
    const text = words(end, end + AROUND)
    return end + AROUND < page.letters.length ? `${text.slice(0, text.lastIndexOf(' ') >>> 0)} …` : text
  }

  function aim ({ start, end, number = 0, title = 'The place you chose', why = '', usual = '', reason = '', choices = [] }) {
    const box = form.querySelector('[data-decide]')
    box.querySelector('[data-decide-title]').textContent = title
    box.querySelector('[data-before]').textContent = before(start)
    box.querySelector('[data-words]').textContent = words(start, end)
    box.querySelector('[data-after]').textContent = after(end)
    box.querySelector('[data-why]').textContent = why
    box.querySelector('[data-usual]').textContent = usual ? `Usually: ${usual}` : ''
    box.querySelector('[data-decide-place]').hidden = false
    for (const one of marks()) one.removeAttribute('aria-current')
    document.getElementById(`mark-${number}`)?.setAttribute('aria-current', 'true')
    if (mayEdit) {
      box.querySelector('[data-decide-deeds]').hidden = false
      field('start').value = start
      field('end').value = end
      field('number').value = number
      if (reason) field('reason').value = reason
      field('put').value = ''
      field('add').value = ''
      const buttons = choices.map(choice => Object.assign(document.createElement('button'), {
        className: 'govuk-button govuk-button--secondary', type: 'submit', name: 'blur', value: choice, textContent: choice
      }))
      box.querySelector('[data-blur-buttons]').replaceChildren(...buttons)
      box.querySelector('[data-blur]').hidden = !buttons.length
    }
    showCurrent(start, end)
  }

  function showCurrent (start = mayEdit ? Number(field('start').value) : 0, end = mayEdit ? Number(field('end').value) : 0) {
    for (const bit of form.querySelectorAll('.desk-texts [data-at]')) {
      const at = Number(bit.dataset.at)
      const place = bit.closest('.desk-mark') ?? bit
      place.toggleAttribute('data-current', start < end && at >= start && at < end)
    }
  }

  // ---- text that is selected ----

  function selected () {
    const selection = getSelection()
    if (!selection.rangeCount || selection.isCollapsed) return
    const range = selection.getRangeAt(0)
    let start = placeOf(range.startContainer, range.startOffset)
    let end = placeOf(range.endContainer, range.endOffset)
    if (start === null || end === null || start >= end) return
    while (start < end && /\s/.test(page.letters[start])) start += 1
    while (end > start && /\s/.test(page.letters[end - 1])) end -= 1
    if (start === end || (start === Number(field('start').value) && end === Number(field('end').value))) return
    const mark = marks().find(one => Number(one.dataset.start) === start && Number(one.dataset.end) === end)
    if (!mark) return aim({ start, end })
    aim({ ...mark.dataset, start, end, choices: JSON.parse(mark.dataset.choices) })
  }

  function placeOf (node, offset) {
    const bit = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.('[data-at]')
    if (bit && node.nodeType === Node.TEXT_NODE) return Number(bit.dataset.at) + [...node.data.slice(0, offset)].length
    // Between two pieces: the first one behind it.
    const within = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
    if (!within.closest?.('.desk-texts')) return null
    const bits = [...form.querySelectorAll('.desk-texts [data-at]')]
    const behind = bits.find(one => {
      const range = document.createRange()
      range.setStart(node, Math.min(offset, node.childNodes?.length ?? node.length))
      return range.comparePoint(one, 0) > 0
    })
    return behind ? Number(behind.dataset.at) : within.closest('[data-raw]') ? page.letters.length : null
  }

  // ---- deeds ----

  function press (which) {
    const button = form.querySelector(`[data-decide] ${which}, .desk-edits ${which}`)
    if (!button || !button.checkVisibility()) return false
    button.click()
  }

  function go (id) {
    const input = document.getElementById(id)
    if (form.querySelector('[data-decide-deeds]').hidden) return false
    input.closest('details')?.setAttribute('open', '')
    input.focus()
  }

  function submitted (event) {
    const button = meant(event.submitter)
    if (page.leaving) return
    if (page.stopped && button?.hasAttribute('data-save-button')) {
      page.leaving = true // shown by the server: both versions, or what was not saved
      return
    }
    if (button?.hasAttribute('data-propose')) {
      clearTimeout(page.timer)
      page.leaving = true
      return setTimeout(() => { page.leaving = false }, 10000)
    }
    event.preventDefault()
    if (page.stopped) return tell(state().textContent)
    if (!button || button.hasAttribute('data-save-button')) return soon(0)
    inTurn(() => deed(button))
  }

  function meant (submitter) {
    if (submitter?.value !== 'enter') return submitter
    const deeds = { put: 'replace', add: 'add', keep: 'keep', first: 'find', last: 'find' }
    const named = deeds[document.activeElement?.id]
    return named ? form.querySelector(`[name="deed"][value="${named}"]`) : form.querySelector('[data-save-button]')
  }

  async function deed (button, again = false) {
    const sent = body(button)
    const answer = await post(sent.data, 'page').catch(() => null)
    if (!answer) return failed('network')
    if (answer.redirected && !answer.url.includes('/clean')) return goAway()
    if (answer.status === 400 && !again) return (await renewed()) && deed(button, true)
    if ([403, 409].includes(answer.status)) return shownByServer(button)
    if (![200, 422].includes(answer.status)) return failed('server')
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (!fresh.querySelector('[data-bench]')) return failed('server')
    put(fresh)
    if (answer.status === 200 && !isFinding(button)) {
      confirmed(sent)
      tell(`Done. ${form.querySelector('.desk-decide__count').textContent}. ${form.querySelector('[data-decide-title]').textContent.trim()}: ${form.querySelector('[data-words]').textContent}`)
    } else {
      page.versions = page.versions.filter(name => name !== sent.save)
      keepVersions()
      tell(document.querySelector('[data-part="said"]').textContent.trim())
    }
  }

  // Both versions, or what was not saved: shown by the server as without a script.
  function shownByServer (button) {
    page.leaving = true
    button.click()
  }

  function isFinding (button) { return button.value === 'find' || button.name === 'at' }

  function put (fresh) {
    const open = [...form.querySelectorAll('details[open]')].map(one => one.id).filter(id => ['jigsaw-sum', 'as-it-leaves'].includes(id))
    const top = window.scrollY
    for (const name of ['said', 'news', 'meter', 'decide', 'texts', 'edits', 'lacks']) {
      const place = part(name)
      const there = fresh.querySelector(`[data-part="${name}"]`)
      if (place && there) place.replaceChildren(...there.childNodes)
    }
    field('raw').value = fresh.querySelector('[name="raw"]').value
    for (const id of open) document.getElementById(id)?.setAttribute('open', '')
    read()
    window.scrollTo({ top })
    const wrong = part('said').querySelector('a') ?? part('said').querySelector('h2')
    const at = wrong?.hash && document.getElementById(wrong.hash.slice(1))
    if (at?.matches('[data-decide] :is(input, select)')) {
      at.closest('details')?.setAttribute('open', '')
      at.focus()
      return
    }
    if (wrong) {
      wrong.closest('.govuk-error-summary').setAttribute('tabindex', '-1')
      wrong.closest('.govuk-error-summary').focus()
      return
    }
    form.querySelector('#decide').focus({ preventScroll: true })
    form.querySelector('.desk-texts [data-current]')?.scrollIntoView({ block: 'nearest' })
  }

  // ---- saving ----

  function changed (event) {
    if (!event.target.closest('[data-part="choices"]')) return
    page.changes += 1
    if (page.stopped) return
    if (!page.failures) say('Saving soon.')
    soon(SAVE_AFTER_MS)
  }

  function soon (wait) {
    if (page.timer && wait >= SAVE_AFTER_MS) return // every few seconds, not only once somebody pauses
    clearTimeout(page.timer)
    page.timer = setTimeout(() => { page.timer = 0; inTurn(save) }, wait)
  }

  // One at a time: the second of two deeds counts places in the text that the first one left.
  function inTurn (what) {
    page.queue = page.queue.then(() => page.stopped ? undefined : what()).catch(() => failed('server'))
    return page.queue
  }

  function body (button) {
    const data = new FormData(form)
    if (button?.name) data.set(button.name, button.value)
    const save = newName()
    data.set('was', page.versions.join(' '))
    data.set('save', save)
    page.versions = [...page.versions.slice(0, 1), ...page.versions.slice(1).slice(-MOST_VERSIONS), save]
    keepVersions()
    return { data, save, changes: page.changes }
  }

  function keepVersions () {
    field('was').value = page.versions.join(' ')
    field('save').value = newName()
  }

  function post (data, by, keepalive = false) {
    return fetch(form.action, { method: 'POST', body: data, headers: { 'X-Cleaning': by }, keepalive })
  }

  async function save (again = false) {
    const sent = body()
    const answer = await post(sent.data, 'save').catch(() => null)
    if (!answer) return failed('network')
    if (answer.redirected) return goAway()
    switch (answer.status) {
      case 200: return saved(sent, await answer.json())
      case 400: return again ? stopped('refused') : (await renewed()) && save(true)
      case 403: return stopped('taken')
      case 409: return stopped('differs')
      case 422: return failed('long')
      default: return failed('server')
    }
  }

  function saved (sent, { missing }) {
    confirmed(sent)
    const number = missing.length
    say(`Saved at ${clock()}. ${number ? `${number} thing${number === 1 ? ' is' : 's are'} still missing.` : 'Nothing is missing.'}`)
    part('lacks').querySelector('[data-lacks]').replaceChildren(...missing.map(([place, words]) => {
      const line = document.createElement('li')
      line.append(Object.assign(document.createElement('a'), { className: 'govuk-link', href: `#${place}`, textContent: words }))
      return line
    }))
    part('lacks').querySelector('[data-lacks-none]').hidden = number > 0
  }

  function confirmed (sent) {
    const wasAway = page.failures > 0
    const place = page.versions.indexOf(sent.save)
    page.versions = place < 0 ? [sent.save] : page.versions.slice(place)
    keepVersions()
    page.saved = sent.changes
    page.failures = 0
    say(`Saved at ${clock()}.`)
    if (wasAway) tell('Saved again.')
    if (isUnsaved()) soon(SAVE_AFTER_MS)
  }

  function flush () {
    if (!isUnsaved() || page.leaving || page.stopped) return
    const sent = body()
    const size = [...sent.data.values()].reduce((sum, value) => sum + value.length * 3 + 200, 0)
    post(sent.data, 'save', size < KEEPALIVE_BYTES).then(answer => { if (answer.ok) confirmed(sent) }).catch(() => {})
  }

  async function renewed () {
    const answer = await fetch(form.dataset.token).catch(() => null)
    if (!answer) return failed('network')
    if (answer.status === 401) return goAway()
    if (!answer.ok) return failed('server')
    takeToken(await answer.json())
    return true
  }

  function takeToken ({ token }) {
    for (const input of document.querySelectorAll('input[name="csrf_token"]')) input.value = token
  }

  function failed (why) {
    page.failures += 1
    say({
      network: 'Not saved: the network is away. What you chose is kept on this page and saved when it is back. Press an edit again.',
      server: 'Not saved: the desk does not answer. What you chose is kept on this page and tried again. Press an edit again.',
      long: 'Not saved: something is too long, or the team may not be given this report. Press Save to see what.'
    }[why], true)
    if (page.failures === 1) tell(state().textContent)
    if (why !== 'long' && isUnsaved()) soon(RETRY_MS[Math.min(page.failures, RETRY_MS.length) - 1])
    return false
  }

  function stopped (why) {
    page.stopped = why
    page.failures += 1
    say({
      differs: 'Not saved: another version was saved in another window. Nothing is overwritten.',
      taken: 'Not saved: the report is not with you for review any more. What you chose is still here.',
      refused: 'Not saved: this page does not fit the desk any more. Copy what you typed, then load the page again.'
    }[why], true)
    const button = form.querySelector('[data-save-button]')
    button.textContent = why === 'differs' ? 'Compare both versions' : 'Show what was not saved'
    button.hidden = why === 'refused'
    tell(state().textContent)
    return false
  }

  function state () { return form.querySelector('[data-save-words]') }

  function say (text, isBad = false) {
    state().textContent = text
    state().parentElement.classList.toggle('desk-form__state--bad', isBad)
  }

  function tell (text) { // for screen readers: only what is news
    const told = form.querySelector('[data-save-told]')
    if (told) told.textContent = text
  }

  // ---- signed out meanwhile ----

  function goAway () {
    const cover = form.querySelector('[data-away]')
    if (!cover.hidden) return false
    page.failures += 1
    page.focused = document.activeElement
    document.body.classList.add('desk-is-away')
    cover.hidden = false
    cover.querySelector('a').focus()
    return false
  }

  async function comeBack () {
    const cover = form.querySelector('[data-away]')
    const answer = await fetch(form.dataset.token).catch(() => null)
    const tellAway = text => { cover.querySelector('[data-away-told]').textContent = text }
    if (!answer) return tellAway('The network is away. Try again in a moment.')
    if (answer.status === 401) return tellAway('You are not signed in yet.')
    if (!answer.ok) return tellAway('Whoever is signed in now does not review this report. Sign in as yourself.')
    takeToken(await answer.json())
    document.dispatchEvent(new CustomEvent('desk:back'))
    document.body.classList.remove('desk-is-away')
    cover.hidden = true
    page.focused?.focus()
    if (isUnsaved()) soon(0)
  }
}

function newName () {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

function clock () {
  return new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}
