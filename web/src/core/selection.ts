/**
 * What is selected: ids, or everything in the results except some ids. Never positions, so that it survives a refresh.
 * The anchor is the id from which a range with Shift is drawn.
 */
export interface Selection {
  readonly all: boolean
  /** The chosen ids, or the exceptions when `all`. */
  readonly ids: ReadonlySet<number>
  readonly anchor: number | null
}

export const NOTHING: Selection = { all: false, ids: new Set(), anchor: null }

export const isSelected = (selection: Selection, id: number): boolean => selection.ids.has(id) !== selection.all

export function selectedCount(selection: Selection, total: number): number {
  return selection.all ? Math.max(0, total - selection.ids.size) : selection.ids.size
}

export function toggleId(selection: Selection, id: number): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { all: selection.all, ids, anchor: id }
}

export const everything = (anchor: number | null): Selection => ({ all: true, ids: new Set(), anchor })

/**
 * Selects (or, if the anchor is not selected, deselects) the ids between the anchor and the item that was clicked.
 * The anchor stays, so the next range grows or shrinks from the same place: `previous` is what the last range covered.
 */
export function selectRange(selection: Selection, range: readonly number[], previous: readonly number[] = []): Selection {
  const ids = new Set(selection.ids)
  const wanted = selection.anchor === null || isSelected(selection, selection.anchor)
  const put = (id: number, selected: boolean): void => {
    if (selected !== selection.all) ids.add(id)
    else ids.delete(id)
  }
  for (const id of previous) put(id, !wanted)
  for (const id of range) put(id, wanted)
  return { all: selection.all, ids, anchor: selection.anchor }
}
