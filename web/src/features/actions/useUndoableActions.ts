import { ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { fetchLatestKind, undoChange, undoOperation } from '../../api/curation'
import { useErrorText } from '../../composables/useErrorText'
import { useInvalidation } from '../../composables/useLibraryQueries'
import { useMedia } from '../../stores/media'
import { useNotices } from '../../stores/notices'
import { useResults } from '../../stores/results'

/** An action of this page that the server can undo: a change of ratings, flags, tags or albums, or a file operation. */
export type UndoStep =
  | { readonly kind: 'change'; readonly id: number }
  | { readonly kind: 'operation'; readonly id: number | null }

const MAX_STEPS = 100

/** Runs actions that can fail and be undone. Shows a notice for the result of each. */
export function useUndoableActions() {
  const { t } = useI18n()
  const media = useMedia()
  const notices = useNotices()
  const results = useResults()
  const invalidate = useInvalidation()
  const errorText = useErrorText()
  const busy = ref(false)
  let steps: UndoStep[] = []

  /** Runs an action and shows its error, if any. Returns whether it succeeded. */
  async function attempt(action: () => Promise<void>): Promise<boolean> {
    busy.value = true
    try {
      await action()
      return true
    } catch (error) {
      notices.show(errorText(error), true)
      return false
    } finally {
      busy.value = false
    }
  }

  /** Shows a notice. With a step, the notice offers to undo it. */
  function announce(text: string, step: UndoStep | null): void {
    if (step !== null) steps = [...steps.slice(-MAX_STEPS), step]
    notices.show(text, false, step === null ? null : { label: t('curate.undo'), run: () => void undo() })
  }

  /** Shows a notice for a change of some files. `changeId` is null when the server changed nothing. */
  function announceChange(text: string, ids: readonly number[], changeId: number | null): void {
    media.forget(ids)
    announce(text, changeId === null ? null : { kind: 'change', id: changeId })
  }

  /** Loads again what is on screen after files were moved, renamed, deleted or restored. */
  async function refreshFiles(): Promise<void> {
    media.forget()
    invalidate.libraryChanged()
    await results.reload()
  }

  /** Undoes the last action of this page, else the last one of the server. */
  const undo = () =>
    attempt(async () => {
      const kind = steps.at(-1)?.kind ?? (await fetchLatestKind())
      const id = steps.pop()?.id ?? null
      if (kind === null) {
        notices.show(t('curate.nothingToUndo'))
        return
      }
      if (kind === 'change') await undoChange(id)
      else {
        const [error] = (await undoOperation(id)).errors
        if (error !== undefined) throw new Error(error.message)
      }
      media.overrides.clear()
      invalidate.curationChanged()
      await refreshFiles()
      notices.show(t('curate.undone'))
    })

  return { busy, attempt, announce, announceChange, refreshFiles, undo }
}

export type UndoableActions = ReturnType<typeof useUndoableActions>
