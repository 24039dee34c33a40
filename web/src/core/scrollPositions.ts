/** Scroll position of a grid: its first visible item, and the distance of that item's row from the top in pixels. */
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
  return [id, position, offset].every((value) => typeof value === 'number' && Number.isFinite(value))
}

/** Reads the scroll positions of the latest queries, newest last. Ignores anything invalid. */
export function readScrollPositions(text: string | null): Map<string, ScrollPosition> {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '[]')
  } catch {
    return new Map()
  }
  const list = Array.isArray(stored) ? (stored as unknown[]) : []
  return new Map(list.filter((entry): entry is [string, ScrollPosition] => Array.isArray(entry) && typeof entry[0] === 'string' && isScrollPosition(entry[1])))
}

export function writeScrollPositions(positions: ReadonlyMap<string, ScrollPosition>): string {
  const newest: Stored = [...positions].slice(-MAX_POSITIONS)
  return JSON.stringify(newest)
}
