import { idsOf } from './columnPages'
import { selectedCount, type Selection } from './selection'
import type { ResultSource } from './types'

/** The items an action applies to: one item or the selection. */
export interface Target {
  readonly count: number
  /** The id, when there is exactly one item. */
  readonly single: number | null
  ids(): Promise<readonly number[]>
}

export const itemTarget = (id: number): Target => ({ count: 1, single: id, ids: () => Promise.resolve([id]) })

export function selectionTarget(selection: Selection, results: ResultSource): Target {
  const count = selectedCount(selection, results.total)
  const [only] = selection.ids
  return {
    count,
    single: !selection.all && selection.ids.size === 1 && only !== undefined ? only : null,
    ids: async () => {
      if (!selection.all) return [...selection.ids]
      return (await idsOf(results, 0, results.total)).filter((id) => !selection.ids.has(id))
    },
  }
}
