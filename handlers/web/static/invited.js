// Takes the code from behind the # of the link into the field, and out of the address and of what others see of it.
const field = document.getElementById('code')
const code = location.hash.slice(1)
if (field && /^[0-9A-Za-z-]{26,40}$/.test(code)) {
  field.value = code
  history.replaceState(null, '', location.pathname)
}
