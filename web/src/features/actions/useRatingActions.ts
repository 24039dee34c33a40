import { useI18n } from 'vue-i18n'

import * as api from '../../api/curation'
import { useInvalidation } from '../../composables/useLibraryQueries'
import type { Target } from '../../core/actionTarget'
import type { Flag } from '../../core/types'
import { useMedia } from '../../stores/media'
import type { UndoableActions } from './useUndoableActions'

const FLAG_NUMBERS = { pick: 1, reject: -1, none: 0 } as const
const LIKE = 'like'

/** Ratings, flags, tags and albums of files. Each action returns whether it succeeded. */
export function useRatingActions({ attempt, announceChange }: UndoableActions) {
  const { t, n } = useI18n()
  const media = useMedia()
  const invalidate = useInvalidation()

  const rate = (target: Target, rating: number) =>
    attempt(async () => {
      const ids = await target.ids()
      const changeId = await api.rate(ids, rating)
      media.override(ids, { rating })
      const text = rating === 0 ? t('curate.unrated') : t('curate.rated', { stars: '★'.repeat(rating), total: n(ids.length) }, ids.length)
      announceChange(text, ids, changeId)
    })

  const flag = (target: Target, value: Flag) =>
    attempt(async () => {
      const ids = await target.ids()
      const changeId = await api.setFlag(ids, value)
      media.override(ids, { flag: FLAG_NUMBERS[value] })
      announceChange(t(`curate.flags.${value}`, { total: n(ids.length) }, ids.length), ids, changeId)
    })

  const tag = (target: Target, add: readonly number[], remove: readonly number[], name: string) =>
    attempt(async () => {
      const ids = await target.ids()
      const changeId = await api.setTags(ids, add, remove)
      invalidate.tagsChanged()
      announceChange(t(add.length > 0 ? 'curate.tagged' : 'curate.untagged', { name, total: n(ids.length) }, ids.length), ids, changeId)
    })

  /** Adds the tag `like`. A single file that already has it loses it. */
  const like = (target: Target) =>
    attempt(async () => {
      const ids = await target.ids()
      const existing = (await api.fetchCustomTags()).find(({ name }) => name === LIKE)
      const { id } = existing ?? (await api.addTag(LIKE))
      const [only] = ids
      const isLiked = ids.length === 1 && only !== undefined && (await media.detail(only)).tags.some((other) => other.id === id)
      await tag(target, isLiked ? [] : [id], isLiked ? [id] : [], LIKE)
    })

  const addToAlbum = (target: Target, album: { readonly id: number; readonly name: string }) =>
    attempt(async () => {
      const ids = await target.ids()
      const changeId = await api.addToAlbum(album.id, ids)
      invalidate.albumsChanged()
      announceChange(t('curate.inAlbum', { name: album.name, total: n(ids.length) }, ids.length), ids, changeId)
    })

  return { rate, flag, tag, like, addToAlbum }
}
