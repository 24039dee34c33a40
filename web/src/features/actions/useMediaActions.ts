import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { useMediaAccess } from '../../components/media/mediaApi'
import { useBrowseRoute } from '../../composables/useBrowseRoute'
import { useErrorText } from '../../composables/useErrorText'
import { copyText } from '../../core/clipboard'
import { saveUrl } from '../../core/download'
import type { IconName } from '../../core/icons'
import type { MediaDetail } from '../../core/media'
import { EVERYTHING, toParams } from '../../core/query'
import { mapConcurrent, type Target } from '../../core/actionTarget'
import { useNotices } from '../../stores/notices'
import { useSession } from '../../stores/session'
import type { Curation, CurationDialog } from './useCuration'

export type MediaActionName = 'like' | 'tag' | 'album' | 'moveTo' | 'copyTo' | 'rename' | 'trash' | 'open' | 'openTab' | 'showInFolder' | 'copyPath' | 'copyPrompt' | 'download'

/** Something that can be done with items. Menus and bars draw what they are given: a new action is a new entry here. */
export interface MediaAction {
  readonly name: MediaActionName
  readonly icon: IconName
  /** Entries of one group stand together. */
  readonly group: number
  /** The most items it takes; 1 for what makes sense for one alone. */
  readonly most: number
  /** Whether it changes something: not offered where nothing may be changed. */
  readonly writes?: boolean
  run(target: Target): Promise<void>
}

const AT_ONCE = 6
const MOST_COPIED = 1_000
const MOST_DOWNLOADS = 50
/** Browsers drop downloads that begin at the same moment. */
const DOWNLOAD_GAP_MS = 350

export const fits = (action: MediaAction, target: Target): boolean => target.count <= action.most

interface Page {
  readonly open: (id: number) => void
  readonly reveal: (id: number) => void
  readonly curation: Curation
}

export function useMediaActions(page: Page): ComputedRef<readonly MediaAction[]> {
  const session = useSession()
  const { t, n } = useI18n()
  const access = useMediaAccess()
  const browse = useBrowseRoute()
  const router = useRouter()
  const notices = useNotices()
  const errorText = useErrorText()

  const details = async (target: Target): Promise<MediaDetail[]> => mapConcurrent(await target.ids(), AT_ONCE, (id) => access.detail(id))

  async function copy(text: string, count: number): Promise<void> {
    if (await copyText(text)) notices.say(t('actions.copied', { total: n(count) }, count))
    else notices.say(t('info.copyFailed'), true)
  }

  async function copyPaths(target: Target): Promise<void> {
    const found = await details(target)
    await copy(found.map((detail) => detail.path).join('\n'), found.length)
  }

  async function copyPrompts(target: Target): Promise<void> {
    const prompts = (await details(target)).map((detail) => detail.geninfo?.prompt ?? '').filter((text) => text !== '')
    if (prompts.length === 0) notices.say(t('actions.noPrompt'), true)
    else await copy(prompts.join('\n\n'), prompts.length)
  }

  async function download(target: Target): Promise<void> {
    const found = await details(target)
    for (const [index, detail] of found.entries()) {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, DOWNLOAD_GAP_MS))
      saveUrl(access.file(detail.id), detail.name)
    }
  }

  function one(target: Target, act: (id: number) => void): Promise<void> {
    if (target.single !== null) act(target.single)
    return Promise.resolve()
  }

  function openTab(id: number): void {
    const place = router.resolve({ path: '/', query: { ...toParams(browse.query.value), item: String(id) } })
    window.open(place.href, '_blank', 'noopener')
  }

  async function showInFolder(target: Target): Promise<void> {
    const [detail] = await details(target)
    if (detail === undefined) return
    page.reveal(detail.id)
    browse.go({ ...EVERYTHING, folder: detail.folder, recursive: false })
  }

  const actions: readonly MediaAction[] = [
    { name: 'open', icon: 'open', group: 0, most: 1, run: (target) => one(target, page.open) },
    { name: 'openTab', icon: 'newTab', group: 0, most: 1, run: (target) => one(target, openTab) },
    { name: 'showInFolder', icon: 'folder', group: 0, most: 1, run: showInFolder },
    { name: 'copyPath', icon: 'copy', group: 1, most: MOST_COPIED, run: copyPaths },
    { name: 'copyPrompt', icon: 'prompt', group: 1, most: MOST_COPIED, run: copyPrompts },
    { name: 'download', icon: 'download', group: 1, most: MOST_DOWNLOADS, run: download },
    ...curating(page.curation),
  ]

  /** Whatever goes wrong is said where the action was asked for. */
  const told = (action: MediaAction): MediaAction => ({
    ...action,
    run: async (target) => {
      try {
        await action.run(target)
      } catch (error) {
        notices.say(errorText(error), true)
      }
    },
  })

  const all = actions.map(told)
  return computed(() => (session.canWrite ? all : all.filter((action) => action.writes !== true)))
}

const MOST_CURATED = 100_000
const MOST_FILES = 100_000

function curating(curation: Curation): readonly MediaAction[] {
  const asks = (dialog: CurationDialog) => (target: Target) => {
    curation.ask(dialog, target)
    return Promise.resolve()
  }
  const like = async (target: Target): Promise<void> => {
    await curation.like(target)
  }
  return [
    { name: 'like', icon: 'heart', group: 2, most: MOST_CURATED, writes: true, run: like },
    { name: 'tag', icon: 'tag', group: 2, most: MOST_CURATED, writes: true, run: asks('tag') },
    { name: 'album', icon: 'album', group: 2, most: MOST_CURATED, writes: true, run: asks('album') },
    { name: 'rename', icon: 'pencil', group: 3, most: 1, writes: true, run: asks('rename') },
    { name: 'moveTo', icon: 'moveTo', group: 3, most: MOST_FILES, writes: true, run: asks('moveTo') },
    { name: 'copyTo', icon: 'copy', group: 3, most: MOST_FILES, writes: true, run: asks('copyTo') },
    { name: 'trash', icon: 'trash', group: 4, most: MOST_FILES, writes: true, run: asks('trash') },
  ]
}
