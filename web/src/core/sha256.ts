/**
 * SHA-256 of a text, in hex. The browser's own is missing where a page comes over plain http from another machine,
 * which is how most people reach theirs.
 */
export function sha256(text: string): string {
  const state = Uint32Array.from(INITIAL)
  const bytes = padded(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer)
  for (let offset = 0; offset < bytes.length; offset += BLOCK) compress(state, view, offset)
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

const BLOCK = 64
const ROUNDS = 64

/** The first 32 bits of the fractional part. */
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32)

function primes(count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}

const INITIAL = primes(8).map((prime) => fraction(Math.sqrt(prime)))
const CONSTANTS = Uint32Array.from(primes(ROUNDS).map((prime) => fraction(Math.cbrt(prime))))

/** The message, a one bit, zeros, and the length in bits as a 64-bit number, in whole blocks. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil((message.length + 9) / BLOCK)
  const bytes = new Uint8Array(blocks * BLOCK)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(bytes.length - 4, message.length * 8)
  return bytes
}

const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by))
const at = (words: Uint32Array, index: number): number => words[index] ?? 0

function schedule(view: DataView, offset: number): Uint32Array {
  const words = new Uint32Array(ROUNDS)
  for (let index = 0; index < 16; index++) words[index] = view.getUint32(offset + index * 4)
  for (let index = 16; index < ROUNDS; index++) {
    const early = at(words, index - 15)
    const late = at(words, index - 2)
    const small = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3)
    const large = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10)
    words[index] = at(words, index - 16) + small + at(words, index - 7) + large
  }
  return words
}

function compress(state: Uint32Array, view: DataView, offset: number): void {
  const words = schedule(view, offset)
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let round = 0; round < ROUNDS; round++) {
    const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const first = (h + mixed + ((e & f) ^ (~e & g)) + at(CONSTANTS, round) + at(words, round)) | 0
    const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + value
}
