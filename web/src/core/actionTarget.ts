import { idsOf } from './columnPages'
import { selectedCount, type Selection } from './selection'
import type { ResultSource } from './types'

/** What an action is about: one item, or what is selected. */
export interface Target {
  readonly count: number
  /** The item, when it is one alone. */
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
