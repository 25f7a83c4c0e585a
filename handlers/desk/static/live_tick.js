// Ticks once a second. In a worker, since a page that is not in front is woken once a minute, and would count as gone.
setInterval(() => postMessage(null), 1000)
