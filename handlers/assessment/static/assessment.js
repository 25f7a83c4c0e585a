// What the pages do by themselves. Everything works without it.
import { growTextareas, watchIdleness } from './stay.js'
import { initAll } from './vendor/govuk-frontend.min.js'

document.body.classList.add('govuk-frontend-supported')
initAll()
growTextareas()
watchIdleness()
