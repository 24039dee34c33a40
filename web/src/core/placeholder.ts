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

/** Decodes thumbhashes to a colour and a tiny picture. Caches the latest few hundred. */
export class Placeholders {
  private readonly cache = new Map<string, Placeholder | null>()

  get(base64: string | null): Placeholder | null {
    if (base64 === null || base64 === '') return null
    const cached = this.cache.get(base64)
    if (cached !== undefined) return cached
    const placeholder = decode(base64)
    this.cache.set(base64, placeholder)
    if (this.cache.size > CAPACITY) {
      const oldest = this.cache.keys().next().value
      if (oldest !== undefined) this.cache.delete(oldest)
    }
    return placeholder
  }
}
