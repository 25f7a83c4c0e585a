// Finding a word among the signposts: in the page alone, so that nothing that is typed is sent anywhere.
const box = document.querySelector('[data-find]')
const signs = [...document.querySelectorAll('[data-sign]')]

if (box) {
  box.hidden = false
  const none = box.querySelector('[data-none]')
  box.querySelector('input').addEventListener('input', event => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean)
    let left = 0
    for (const sign of signs) {
      const text = sign.textContent.toLowerCase()
      sign.hidden = !words.every(word => text.includes(word))
      left += sign.hidden ? 0 : 1
    }
    none.textContent = left ? '' : 'Nothing here has these words. Try fewer, or another need.'
  })
}
