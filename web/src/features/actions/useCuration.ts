import { shallowRef, watch } from 'vue'

import { itemTarget, type Target } from '../../core/actionTarget'
import type { InfoEdit } from '../../core/media'
import { useOperations } from '../../stores/operations'
import { useFileActions, type RemoveHandler } from './useFileActions'
import { useRatingActions } from './useRatingActions'
import { useUndoableActions } from './useUndoableActions'

export type CurationDialog = 'tag' | 'album' | 'moveTo' | 'copyTo' | 'rename' | 'trash'

/** Every action that changes files or what people attach to them, and the dialogs some of them need. */
export function useCuration(page: { readonly onRemove: RemoveHandler }) {
  const operations = useOperations()
  const undoable = useUndoableActions()
  const rating = useRatingActions(undoable)
  const files = useFileActions(undoable, page.onRemove)
  const dialog = shallowRef<{ readonly name: CurationDialog; readonly target: Target } | null>(null)

  // A long operation continues without its dialog, so the rest of the page stays usable.
  watch(
    () => operations.current !== null && undoable.busy.value,
    (isLong) => {
      if (isLong) dialog.value = null
    },
  )

  function showDialog(name: CurationDialog, target: Target): void {
    dialog.value = { name, target }
  }

  /** Applies an edit of the info panel. `tagName` gives the name of a tag by its id. */
  function edit(id: number, change: InfoEdit, tagName: (tag: number) => string): void {
    const target = itemTarget(id)
    if (change.kind === 'rate') void rating.rate(target, change.rating)
    else if (change.kind === 'flag') void rating.flag(target, change.flag)
    else if (change.kind === 'untag') void rating.tag(target, [], [change.tag], tagName(change.tag))
    else showDialog(change.kind, target)
  }

  return { dialog, busy: undoable.busy, showDialog, edit, undo: undoable.undo, ...rating, ...files }
}

export type Curation = ReturnType<typeof useCuration>
