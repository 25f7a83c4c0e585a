// Passkeys: asks the browser for one and sends its answer with the form. Without this script codes do the same.
const toBytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), one => one.charCodeAt(0))
const toText = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

if (window.PublicKeyCredential) {
  offer('[data-passkey-show]', 'passkeyShow', options => navigator.credentials.get({ publicKey: readable(options) }))
  offer('[data-passkey-make]', 'passkeyMake', options => navigator.credentials.create({ publicKey: readable(options) }))
}

function offer (selector, address, ask) {
  const button = document.querySelector(selector)
  if (!button) return
  const { form } = button
  const mistake = form.querySelector('[data-passkey-mistake]')
  button.hidden = false
  if (address === 'passkeyMake') form.addEventListener('submit', event => { event.preventDefault(); button.click() })
  form.querySelector('[data-passkey-none]')?.remove()
  button.addEventListener('click', async () => {
    const empty = [...form.querySelectorAll('[data-passkey-needs], [name="name"], [name="password"]')].find(field => !field.value)
    mistake.textContent = ''
    if (empty) {
      mistake.textContent = 'Fill in the rest of the form first.'
      return empty.focus()
    }
    button.disabled = true
    try {
      const asked = await fetch(button.dataset[address], { method: 'POST', body: new FormData(form) })
      if (asked.redirected || !asked.ok) return location.reload()
      form.querySelector('[data-passkey-answer]').value = JSON.stringify(written(await ask(await asked.json())))
      form.submit()
    } catch (error) {
      mistake.textContent = error.name === 'InvalidStateError'
        ? 'This device holds a passkey of yours already.'
        : 'The passkey was not used. Try again, or do without it.'
    } finally {
      button.disabled = false
    }
  })
}

function readable (options) {
  const listed = list => list?.map(one => ({ ...one, id: toBytes(one.id) }))
  return {
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: listed(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: listed(options.allowCredentials) })
  }
}

function written ({ id, rawId, type, response }) {
  const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const given = parts.filter(part => response[part]).map(part => [part, toText(response[part])])
  return { id, type, rawId: toText(rawId), response: Object.fromEntries(given) }
}
