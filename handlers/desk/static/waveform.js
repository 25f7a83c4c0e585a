// The picture of one clip's sound: how loud it is along its length, how far it has played, and the piece that is looped.

const COLUMN = 3 // CSS pixels of a bar and the gap behind it
const RATE = 8000 // Hz, as the telephone's sound

// Made from bytes that the page already has: a picture must never open a sound that nobody asked to hear.
export async function loudness (bytes, columns = 400) {
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes)
  const samples = sound.getChannelData(0)
  const width = Math.max(1, Math.floor(samples.length / columns))
  const peaks = new Float32Array(columns)
  for (let column = 0; column < columns; column++) {
    for (let at = column * width; at < (column + 1) * width; at++) peaks[column] = Math.max(peaks[column], Math.abs(samples[at] ?? 0))
  }
  const loudest = Math.max(0.02, ...peaks) // quiet telephone sound fills the picture too, silence does not
  return peaks.map(peak => peak / loudest)
}

// `part` and the piece's ends are parts of the whole, 0 to 1. Colours come from the style sheet, so that every scheme fits.
export function draw (canvas, peaks, part, piece) {
  const scale = devicePixelRatio || 1
  const width = canvas.clientWidth
  const height = canvas.clientHeight
  canvas.width = width * scale
  canvas.height = height * scale
  const pen = canvas.getContext('2d')
  const style = getComputedStyle(canvas)
  pen.scale(scale, scale)
  if (piece) {
    pen.fillStyle = style.borderBottomColor
    pen.fillRect(piece[0] * width, 0, Math.max(2, (piece[1] - piece[0]) * width), height)
  }
  const columns = Math.floor(width / COLUMN)
  for (let column = 0; column < columns; column++) {
    const along = column / columns
    const tall = Math.max(2, loudest(peaks, along, (column + 1) / columns) * (height - 8))
    pen.fillStyle = along < part ? style.color : style.borderTopColor
    pen.fillRect(column * COLUMN, (height - tall) / 2, COLUMN - 1, tall)
  }
  pen.fillStyle = style.color
  pen.fillRect(Math.min(width - 2, part * width), 0, 2, height)
}

function loudest (peaks, from, to) {
  const first = Math.floor(from * peaks.length)
  return Math.max(0, ...peaks.slice(first, Math.max(first + 1, Math.floor(to * peaks.length))))
}
