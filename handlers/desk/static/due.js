// Lets the minutes run that an urgent report still has, or is late by. Without it the page says how it stood when it was loaded.
const EVERY_MS = 5000
const clocks = [...document.querySelectorAll('[data-due]')]
const ahead = clocks.length ? Number(clocks[0].dataset.now) - Date.now() / 1000 : 0 // of the server's clock before this one

if (clocks.length) setInterval(run, EVERY_MS)

function run () {
  for (const clock of clocks) {
    const left = Number(clock.dataset.due) - (Date.now() / 1000 + ahead)
    const words = left < 0 ? `${minutes(-left)} late` : `${minutes(left)} left`
    if (clock.textContent !== words) clock.textContent = words
    clock.parentElement.classList.toggle('desk-clock--late', left < 0)
  }
}

function minutes (seconds) {
  const all = Math.floor(seconds / 60)
  const hours = Math.floor(all / 60)
  return hours ? `${hours} h ${all % 60} min` : `${all} min`
}
