// Runs after every other script of a page: what only a script can answer may be pressed from now on, and no press is lost.
for (const button of document.querySelectorAll('[data-ready]')) button.disabled = false
