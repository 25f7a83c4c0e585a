// Puts a fragment of our own server in the place of the one before, and leaves be what somebody is in the middle of.
const TOKEN = /name="csrf_token"\s+value="[^"]*"/g // new in every answer, and good for as long as the session is

// Says whether anything changed. What has the focus, is open or is chosen stays so, by its id.
export function swap (place, html) {
  const bare = html.replace(TOKEN, '')
  if (place.swapped === bare) return false
  place.swapped = bare
  const focused = place.contains(document.activeElement) ? document.activeElement.id : ''
  const open = [...place.querySelectorAll('details[open]')].map(one => one.id)
  const chosen = [...place.querySelectorAll('select')].map(one => [one.id, one.value])
  place.innerHTML = html // escaped there; scripts in it would not run
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  for (const [id, value] of chosen) keep(document.getElementById(id), value)
  if (focused) document.getElementById(focused)?.focus()
  return true
}

function keep (select, value) {
  if (select && [...select.options].some(one => one.value === value)) select.value = value
}
