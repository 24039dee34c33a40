import { thumbHashToAverageRGBA, thumbHashToDataURL } from 'thumbhash'

export interface Placeholder {
  readonly color: string
  readonly url: string
}

const CAPACITY = 600
/** The shortest hash the format allows: five bytes of header and averages. */
const MIN_BYTES = 5

function bytesOf(base64: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return null
  const text = atob(base64)
  return text.length < MIN_BYTES ? null : Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function decode(base64: string): Placeholder | null {
  const bytes = bytesOf(base64)
  if (bytes === null) return null
  const { r, g, b } = thumbHashToAverageRGBA(bytes)
  const part = (value: number): number => Math.round(Math.min(Math.max(value, 0), 1) * 255)
  return { color: `rgb(${part(r)} ${part(g)} ${part(b)})`, url: thumbHashToDataURL(bytes) }
}

/** Decodes thumbhashes to a colour and a tiny picture, keeping the last few hundred. */
export class Placeholders {
  private readonly known = new Map<string, Placeholder | null>()

  get(base64: string | null): Placeholder | null {
    if (base64 === null || base64 === '') return null
    const before = this.known.get(base64)
    if (before !== undefined) return before
    const made = decode(base64)
    this.known.set(base64, made)
    if (this.known.size > CAPACITY) {
      const oldest = this.known.keys().next().value
      if (oldest !== undefined) this.known.delete(oldest)
    }
    return made
  }
}
