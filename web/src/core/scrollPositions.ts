/** Where a grid was: the first item in view, and how far its row was from the top. */
export interface ScrollPosition {
  readonly id: number
  readonly position: number
  readonly offset: number
}

const MAX_POSITIONS = 50

type Stored = readonly (readonly [string, ScrollPosition])[]

function isScrollPosition(value: unknown): value is ScrollPosition {
  if (typeof value !== 'object' || value === null) return false
  const { id, position, offset } = value as Record<string, unknown>
  return [id, position, offset].every((one) => typeof one === 'number' && Number.isFinite(one))
}

/** The places of the last queries, newest last. Anything else that is stored counts as nothing. */
export function readScrollPositions(text: string | null): Map<string, ScrollPosition> {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '[]')
  } catch {
    return new Map()
  }
  const list = Array.isArray(stored) ? (stored as unknown[]) : []
  return new Map(list.filter((one): one is [string, ScrollPosition] => Array.isArray(one) && typeof one[0] === 'string' && isScrollPosition(one[1])))
}

export function writeScrollPositions(places: ReadonlyMap<string, ScrollPosition>): string {
  const newest: Stored = [...places].slice(-MAX_POSITIONS)
  return JSON.stringify(newest)
}
