/** Where a grid was: the first item in view, and how far its row was from the top. */
export interface GridPlace {
  readonly id: number
  readonly position: number
  readonly offset: number
}

const MAX_PLACES = 50

type Stored = readonly (readonly [string, GridPlace])[]

function isPlace(value: unknown): value is GridPlace {
  if (typeof value !== 'object' || value === null) return false
  const { id, position, offset } = value as Record<string, unknown>
  return [id, position, offset].every((one) => typeof one === 'number' && Number.isFinite(one))
}

/** The places of the last queries, newest last. Anything else that is stored counts as nothing. */
export function readPlaces(text: string | null): Map<string, GridPlace> {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '[]')
  } catch {
    return new Map()
  }
  const list = Array.isArray(stored) ? (stored as unknown[]) : []
  return new Map(list.filter((one): one is [string, GridPlace] => Array.isArray(one) && typeof one[0] === 'string' && isPlace(one[1])))
}

export function writePlaces(places: ReadonlyMap<string, GridPlace>): string {
  const newest: Stored = [...places].slice(-MAX_PLACES)
  return JSON.stringify(newest)
}
