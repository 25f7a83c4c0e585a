// Asks the desk each second how things stand. That it asks is how the desk knows that somebody is there.
import { every as tick } from './ticker.js'

const SLOW_MS = 8000 // after which an answer is not waited for any more

// Calls `changed` with each answer, and with null where there is none. Returns a function that asks at once.
export function watchState (talk, changed) {
  return watch('/live/state' + (talk ? `?talk=${talk}` : ''), changed)
}

// The same of any page that tells how something stands, as JSON or as a fragment; each `every` seconds.
export function watch (address, changed, every = 1) {
  let running = null
  const ask = async () => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(SLOW_MS) }).catch(() => null)
    if (answer?.status === 401) {
      if (document.dispatchEvent(new CustomEvent('desk:expire', { cancelable: true }))) location.replace('/expired')
      return changed(null)
    }
    const isTold = answer?.headers.get('Content-Type')?.startsWith('application/json')
    changed(answer?.ok ? await (isTold ? answer.json() : answer.text()).catch(() => null) : null)
  }
  const askOnce = () => { running ??= ask().finally(() => { running = null }) }
  tick(every * 1000, askOnce) // also in a tab nobody looks at: whose page falls silent counts as gone
  document.addEventListener('visibilitychange', askOnce)
  askOnce()
  return async () => { await running; askOnce(); await running }
}

// Sends a form without leaving the page, and returns what the desk says to it.
export async function send (form, submitter) {
  const answer = await fetch(submitter?.getAttribute('formaction') ?? form.action, {
    method: 'POST',
    body: new FormData(form, submitter),
    headers: { Accept: 'application/json' }
  }).catch(() => null)
  const said = await answer?.json().catch(() => ({})) ?? {}
  return { ok: answer?.ok ?? false, status: answer?.status ?? 0, said: said.said ?? '' }
}

// Sends a few values under this page's own form token, and returns what the desk says.
export async function post (address, values) {
  const body = new FormData()
  body.set('csrf_token', document.querySelector('input[name="csrf_token"]').value)
  for (const [name, value] of Object.entries(values)) body.set(name, value)
  const answer = await fetch(address, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => null)
  const told = await answer?.json().catch(() => ({})) ?? {}
  return { ...told, ok: answer?.ok ?? false, said: told.said ?? '' }
}
