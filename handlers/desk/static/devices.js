// Which microphone and speaker are used here. What is kept is the browser's own id of each, which means nothing elsewhere.

const KEPT = { microphone: 'softphone-microphone', speaker: 'softphone-speaker' }

// Returns the id of the device that was chosen in this browser; "" is the browser's own choice.
export function chosen (kind) {
  try {
    return localStorage.getItem(KEPT[kind]) ?? ''
  } catch {
    return '' // a browser that keeps nothing asks again each time
  }
}

export function choose (kind, id) {
  try {
    if (id) localStorage.setItem(KEPT[kind], id)
    else localStorage.removeItem(KEPT[kind])
  } catch {}
}

// Returns what can be chosen: names are empty before the browser was allowed to use a microphone, and `speakers` is empty
// where it does not let a page choose one.
export async function devices () {
  const all = await navigator.mediaDevices?.enumerateDevices?.() ?? []
  const of = kind => all.filter(one => one.kind === kind && one.deviceId).map(({ deviceId, label }) => ({ id: deviceId, label }))
  return { microphones: of('audioinput'), speakers: 'setSinkId' in AudioContext.prototype ? of('audiooutput') : [] }
}

// Returns the reason why there is no microphone, from what the browser says.
export function microphoneReason (error) {
  const reasons = { NotAllowedError: 'microphone-denied', SecurityError: 'microphone-denied', NotReadableError: 'microphone-busy' }
  return reasons[error?.name] ?? 'microphone-missing'
}
