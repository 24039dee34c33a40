/**
 * The selected ids, or all results except some ids. It contains no positions, so it survives a refresh. The anchor is the id
 * from which Shift extends a range.
 */
export interface Selection {
  readonly all: boolean
  /** The selected ids; the exceptions when `all` is true. */
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
 * Selects the ids of a range, or deselects them if the anchor is not selected. The anchor stays, so the next range starts at
 * the same item. `previous` contains the ids of the last range, which is undone first.
 */
export function selectRange(selection: Selection, range: readonly number[], previous: readonly number[] = []): Selection {
  const ids = new Set(selection.ids)
  const isAnchorSelected = selection.anchor === null || isSelected(selection, selection.anchor)
  const put = (id: number, selected: boolean): void => {
    if (selected !== selection.all) ids.add(id)
    else ids.delete(id)
  }
  for (const id of previous) put(id, !isAnchorSelected)
  for (const id of range) put(id, isAnchorSelected)
  return { all: selection.all, ids, anchor: selection.anchor }
}
