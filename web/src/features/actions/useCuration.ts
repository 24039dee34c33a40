import { ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import * as api from '../../api/curation'
import { useMediaAccess } from '../../components/media/mediaApi'
import { AppError } from '../../api/errors'
import { useErrorText } from '../../composables/useErrorText'
import { useInvalidation } from '../../composables/useLibraryQueries'
import type { InfoEdit, MediaDetail } from '../../core/media'
import { mapConcurrent, itemTarget, type Target } from '../../core/actionTarget'
import { useNotices } from '../../stores/notices'
import { useOperations } from '../../stores/operations'
import { useResults } from '../../stores/results'

export type CurationDialog = 'tag' | 'album' | 'moveTo' | 'copyTo' | 'rename' | 'trash'

type Done = { readonly what: 'change'; readonly id: number } | { readonly what: 'operation'; readonly id: number | null }

const AT_ONCE = 6
const FLAGS = { pick: 1, reject: -1, none: 0 } as const
const MOST_UNDONE = 100

/** What people make of pictures, each of it told of and taken back by the same toast. */
export function useCuration(page: { readonly removed: (ids: readonly number[]) => () => void }) {
  const { t, n } = useI18n()
  const access = useMediaAccess()
  const notices = useNotices()
  const operations = useOperations()
  const results = useResults()
  const stale = useInvalidation()
  const errorText = useErrorText()
  /** What asks something first, and about what. */
  const asking = shallowRef<{ readonly dialog: CurationDialog; readonly target: Target } | null>(null)
  const busy = ref(false)
  let history: Done[] = []

  // What takes long goes on without its dialog, which would be in the way of everything else.
  watch(
    () => operations.current !== null && busy.value,
    (isLong) => {
      if (isLong) asking.value = null
    },
  )

  async function attempt(act: () => Promise<void>): Promise<boolean> {
    busy.value = true
    try {
      await act()
      return true
    } catch (error) {
      notices.say(errorText(error), true)
      return false
    } finally {
      busy.value = false
    }
  }

  function tell(text: string, done: Done | null): void {
    if (done !== null) history = [...history.slice(-MOST_UNDONE), done]
    notices.say(text, false, done === null ? null : { label: t('curate.undo'), run: () => void undo() })
  }

  function changed(text: string, ids: readonly number[], id: number | null): void {
    access.forget(ids)
    tell(text, id === null ? null : { what: 'change', id })
  }

  async function filesChanged(): Promise<void> {
    access.forget()
    stale.libraryChanged()
    await results.reload()
  }

  const rate = (target: Target, rating: number) =>
    attempt(async () => {
      const ids = await target.ids()
      const id = await api.rate(ids, rating)
      for (const one of ids) access.marks.set(one, { ...access.marks.get(one), rating })
      changed(rating === 0 ? t('curate.unrated') : t('curate.rated', { stars: '★'.repeat(rating), total: n(ids.length) }, ids.length), ids, id)
    })

  const flag = (target: Target, as: api.Flag) =>
    attempt(async () => {
      const ids = await target.ids()
      const id = await api.setFlag(ids, as)
      for (const one of ids) access.marks.set(one, { ...access.marks.get(one), flag: FLAGS[as] })
      changed(t(`curate.flags.${as}`, { total: n(ids.length) }, ids.length), ids, id)
    })

  const tag = (target: Target, add: readonly number[], remove: readonly number[], name: string) =>
    attempt(async () => {
      const ids = await target.ids()
      const id = await api.setTags(ids, add, remove)
      stale.tagsChanged()
      changed(t(add.length > 0 ? 'curate.tagged' : 'curate.untagged', { name, total: n(ids.length) }, ids.length), ids, id)
    })

  const LIKE = 'like'

  const like = (target: Target) =>
    attempt(async () => {
      const ids = await target.ids()
      const own = (await api.fetchCustomTags()).find((one) => one.name === LIKE)
      const found = own ?? (await api.addTag(LIKE))
      // Several are liked; one alone is liked or not any more.
      const [only] = ids
      const liked = ids.length === 1 && only !== undefined && (await access.detail(only)).tags.some((one) => one.id === found.id)
      await tag(target, liked ? [] : [found.id], liked ? [found.id] : [], LIKE)
    })

  const toAlbum = (target: Target, album: { readonly id: number; readonly name: string }) =>
    attempt(async () => {
      const ids = await target.ids()
      const id = await api.addToAlbum(album.id, ids)
      stale.albumsChanged()
      changed(t('curate.inAlbum', { name: album.name, total: n(ids.length) }, ids.length), ids, id)
    })

  const details = async (target: Target): Promise<MediaDetail[]> => mapConcurrent(await target.ids(), AT_ONCE, (id) => access.detail(id))

  const trash = (target: Target) =>
    attempt(async () => {
      const ids = await target.ids()
      const settle = page.removed(ids)
      try {
        const id = await api.deleteFiles(ids)
        tell(t('curate.deleted', { total: n(ids.length) }, ids.length), { what: 'operation', id })
      } catch (error) {
        if (!(error instanceof AppError) || error.part === null || error.part.done === 0) throw error
        const { done, operation: id } = error.part
        tell(t('curate.deleted', { total: n(done) }, done) + rest(id, errorText(error)), { what: 'operation', id })
      } finally {
        stale.trashChanged()
        await filesChanged()
        settle()
      }
    })

  /** Why not everything was done, behind what was. */
  const rest = (id: number | null, problem: string): string => `. ${operations.wasStopped(id) ? t('operation.stopped') : problem}`

  const transfer = (how: 'move' | 'copy', target: Target, folder: string) =>
    attempt(async () => {
      const { done, errors, operation_id: id } = await api.transferFiles(how, await target.ids(), folder)
      const [first] = errors
      const said = t(how === 'move' ? 'curate.moved' : 'curate.copied', { total: n(done.length) }, done.length)
      tell(first === undefined ? said : said + rest(id, first), done.length > 0 ? { what: 'operation', id } : null)
      await filesChanged()
    })

  const rename = (target: Target, name: string) =>
    attempt(async () => {
      const [file] = await details(target)
      if (file === undefined) return
      await api.renameFile(file.path, name)
      tell(t('curate.renamed', { name }), { what: 'operation', id: null })
      await filesChanged()
    })

  const undo = () =>
    attempt(async () => {
      const what = history.at(-1)?.what ?? (await api.latest())
      const id = history.pop()?.id ?? null
      if (what === null) {
        notices.say(t('curate.nothingToUndo'))
        return
      }
      if (what === 'change') await api.undoChange(id)
      else {
        const [first] = (await api.undoOperation(id)).errors
        if (first !== undefined) throw new Error(first.message)
      }
      access.marks.clear()
      stale.curationChanged()
      await filesChanged()
      notices.say(t('curate.undone'))
    })

  function ask(dialog: CurationDialog, target: Target): void {
    asking.value = { dialog, target }
  }

  function edit(id: number, what: InfoEdit, names: (tag: number) => string): void {
    const target = itemTarget(id)
    if (what.kind === 'rate') void rate(target, what.rating)
    else if (what.kind === 'flag') void flag(target, what.flag)
    else if (what.kind === 'untag') void tag(target, [], [what.tag], names(what.tag))
    else ask(what.kind, target)
  }

  return { asking, busy, ask, edit, rate, flag, tag, like, toAlbum, trash, transfer, rename, undo, details }
}

export type Curation = ReturnType<typeof useCuration>
