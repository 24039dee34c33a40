import { useI18n } from 'vue-i18n'

import * as api from '../../api/curation'
import { AppError } from '../../api/errors'
import { useErrorText } from '../../composables/useErrorText'
import { useInvalidation } from '../../composables/useLibraryQueries'
import type { Target } from '../../core/actionTarget'
import { useMedia } from '../../stores/media'
import { useOperations } from '../../stores/operations'
import type { UndoableActions } from './useUndoableActions'

/** Called before files leave the results; the function it returns is called afterwards. */
export type RemoveHandler = (ids: readonly number[]) => () => void

/** Deletes, moves, copies and renames files. Each action returns whether it succeeded. */
export function useFileActions({ attempt, announce, refreshFiles }: UndoableActions, onRemove: RemoveHandler) {
  const { t, n } = useI18n()
  const media = useMedia()
  const operations = useOperations()
  const invalidate = useInvalidation()
  const errorText = useErrorText()

  /** Why the rest was not done; appended to the sentence that says how much was. */
  const remainder = (operationId: number | null, problem: string): string =>
    `. ${operations.wasStopped(operationId) ? t('operation.stopped') : problem}`

  const trash = (target: Target) =>
    attempt(async () => {
      const ids = await target.ids()
      const afterRemove = onRemove(ids)
      try {
        const id = await api.deleteFiles(ids)
        announce(t('curate.deleted', { total: n(ids.length) }, ids.length), { kind: 'operation', id })
      } catch (error) {
        if (!(error instanceof AppError) || error.partial === null || error.partial.done === 0) throw error
        const { done, operation: id } = error.partial
        announce(t('curate.deleted', { total: n(done) }, done) + remainder(id, errorText(error)), { kind: 'operation', id })
      } finally {
        invalidate.trashChanged()
        await refreshFiles()
        afterRemove()
      }
    })

  const transfer = (how: 'move' | 'copy', target: Target, folder: string) =>
    attempt(async () => {
      const { done, errors, operation_id: id } = await api.transferFiles(how, await target.ids(), folder)
      const [error] = errors
      const text = t(how === 'move' ? 'curate.moved' : 'curate.copied', { total: n(done.length) }, done.length)
      announce(error === undefined ? text : text + remainder(id, error), done.length > 0 ? { kind: 'operation', id } : null)
      await refreshFiles()
    })

  const rename = (target: Target, name: string) =>
    attempt(async () => {
      const [file] = await media.detailsOf(await target.ids())
      if (file === undefined) return
      await api.renameFile(file.path, name)
      announce(t('curate.renamed', { name }), { kind: 'operation', id: null })
      await refreshFiles()
    })

  return { trash, transfer, rename }
}
