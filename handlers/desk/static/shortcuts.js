// Keys that lead to pages and play clips, and the box that shows them. Single keys can be switched off on the page "Looks
// and keys" (WCAG 2.1.4), and never act inside a field.

const SECOND_KEY_MS = 1500
const FIELDS = 'input, textarea, select, [contenteditable]'
const ROWS = '.desk-row__case[href], .desk-player__play, [data-row]'

const isOn = document.body.dataset.shortcuts === 'on'
const offered = new Map() // by key: what it does and what is said of it
const always = [] // what works inside fields too, with a modifier; nothing switches it off
let isSecond = false
let forgetting = 0

export function offer (key, says, does, shown = key) {
  offered.set(key, { says, does, shown })
}

export function tellOf (shown, says) {
  always.push({ shown, says })
}

const waysByKey = new Map()
for (const link of document.querySelectorAll('.desk-nav a')) {
  const words = link.textContent.trim()
  const key = [...words.toLowerCase()].find(letter => /[a-z]/.test(letter) && !waysByKey.has(letter))
  if (key) waysByKey.set(key, { link, words })
}
offer('?', 'Show these keys', show)
offer('j', 'Next row or clip', () => step(1))
offer('k', 'Previous row or clip', () => step(-1))
const search = document.querySelector('input[type="search"], [data-search]')
if (search) offer('/', 'Go to the search field', () => search.focus())
if (isOn) document.addEventListener('keydown', pressed)

function pressed (event) {
  const busy = event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey
  if (busy || event.target.closest(FIELDS) || document.querySelector('dialog[open]')) return
  if (isSecond) {
    isSecond = false
    const way = waysByKey.get(event.key)
    if (!way) return
    event.preventDefault()
    return way.link.click()
  }
  if (event.key === 'g' && waysByKey.size) {
    isSecond = true
    clearTimeout(forgetting)
    forgetting = setTimeout(() => { isSecond = false }, SECOND_KEY_MS)
    return
  }
  const found = offered.get(event.key)
  if (!found || found.does() === false) return
  event.preventDefault()
}

function step (by) {
  const rows = [...document.querySelectorAll(ROWS)].filter(row => row.checkVisibility?.() ?? true)
  if (!rows.length) return false
  const focused = document.activeElement
  const inside = rows.findIndex(row => row === focused || row.closest('.desk-clip, li, tr')?.contains(focused))
  const at = inside < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, inside + by))
  rows[at].focus()
  rows[at].scrollIntoView({ block: 'nearest' })
}

function show () {
  const box = document.getElementById('shortcuts') ?? made()
  box.querySelector('dl').replaceChildren(...lines())
  box.showModal()
}

function made () {
  const box = element('dialog', { id: 'shortcuts', className: 'desk-keys' })
  box.setAttribute('aria-labelledby', 'shortcuts-title')
  const close = element('button', { type: 'button', className: 'govuk-button govuk-!-margin-bottom-0', textContent: 'Close' })
  close.addEventListener('click', () => box.close())
  const off = element('a', { className: 'govuk-link', href: '/looks', textContent: 'Switch single keys off' })
  const foot = element('div', { className: 'desk-keys__foot' })
  foot.append(close, off)
  box.append(element('h2', { id: 'shortcuts-title', className: 'govuk-heading-m', textContent: 'Keyboard shortcuts' }), element('dl', {}), foot)
  document.body.append(box)
  return box
}

function lines () {
  const said = [...waysByKey].map(([key, way]) => ({ shown: `g ${key}`, says: `Go to ${way.words}` }))
  const rows = document.querySelector(ROWS)
  for (const [key, one] of offered) if (rows || !'jk'.includes(key)) said.push(one)
  if (document.querySelector('.desk-row__case[href]')) said.push({ shown: 'Enter', says: 'Open the row' })
  return [...said, ...always].flatMap(({ shown, says }) => {
    const keys = element('dt', {})
    shown.split(' ').forEach((key, at) => keys.append(at ? ' ' : '', element('kbd', { textContent: key })))
    return [keys, element('dd', { textContent: says })]
  })
}

export function element (name, properties) {
  return Object.assign(document.createElement(name), properties)
}
