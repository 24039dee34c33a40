import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { fileUrl } from '../../api/media'
import { useBrowseRoute } from '../../composables/useBrowseRoute'
import { useErrorText } from '../../composables/useErrorText'
import { copyText } from '../../core/clipboard'
import { saveUrl } from '../../core/download'
import type { IconName } from '../../core/icons'
import { EVERYTHING, toParams } from '../../core/query'
import type { Target } from '../../core/actionTarget'
import { useMedia } from '../../stores/media'
import { useNotices } from '../../stores/notices'
import { useSession } from '../../stores/session'
import type { Curation, CurationDialog } from './useCuration'

export type MediaActionName = 'like' | 'tag' | 'album' | 'moveTo' | 'copyTo' | 'rename' | 'trash' | 'open' | 'openTab' | 'showInFolder' | 'copyPath' | 'copyPrompt' | 'download'

/** An action on items. Menus and toolbars render this list, so a new action needs only a new entry here. */
export interface MediaAction {
  readonly name: MediaActionName
  readonly icon: IconName
  /** The menu separates groups by a line. */
  readonly group: number
  /** How many items it accepts at once; 1 for actions on a single item. */
  readonly maximum: number
  /** Whether it changes files or data. Hidden on a read-only server. */
  readonly writes?: boolean
  run(target: Target): Promise<void>
}

const MAX_COPIED = 1_000
const MAX_DOWNLOADS = 50
/** Browsers drop downloads that start at the same moment. */
const DOWNLOAD_GAP_MS = 350

export const isAllowed = (action: MediaAction, target: Target): boolean => target.count <= action.maximum

interface Page {
  readonly open: (id: number) => void
  /** Scrolls to the item in the results that load next. */
  readonly reveal: (id: number) => void
  readonly curation: Curation
}

export function useMediaActions(page: Page): ComputedRef<readonly MediaAction[]> {
  const session = useSession()
  const { t, n } = useI18n()
  const media = useMedia()
  const browse = useBrowseRoute()
  const router = useRouter()
  const notices = useNotices()
  const errorText = useErrorText()

  const detailsOf = async (target: Target) => media.detailsOf(await target.ids())

  async function copy(text: string, count: number): Promise<void> {
    if (await copyText(text)) notices.show(t('actions.copied', { total: n(count) }, count))
    else notices.show(t('info.copyFailed'), true)
  }

  async function copyPaths(target: Target): Promise<void> {
    const details = await detailsOf(target)
    await copy(details.map((detail) => detail.path).join('\n'), details.length)
  }

  async function copyPrompts(target: Target): Promise<void> {
    const prompts = (await detailsOf(target)).map((detail) => detail.geninfo?.prompt ?? '').filter((text) => text !== '')
    if (prompts.length === 0) notices.show(t('actions.noPrompt'), true)
    else await copy(prompts.join('\n\n'), prompts.length)
  }

  async function download(target: Target): Promise<void> {
    const details = await detailsOf(target)
    for (const [index, detail] of details.entries()) {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, DOWNLOAD_GAP_MS))
      saveUrl(fileUrl(detail.id), detail.name)
    }
  }

  function withSingle(target: Target, action: (id: number) => void): Promise<void> {
    if (target.single !== null) action(target.single)
    return Promise.resolve()
  }

  function openTab(id: number): void {
    const location = router.resolve({ path: '/', query: { ...toParams(browse.query.value), item: String(id) } })
    window.open(location.href, '_blank', 'noopener')
  }

  async function showInFolder(target: Target): Promise<void> {
    const [detail] = await detailsOf(target)
    if (detail === undefined) return
    page.reveal(detail.id)
    browse.go({ ...EVERYTHING, folder: detail.folder, recursive: false })
  }

  const actions: readonly MediaAction[] = [
    { name: 'open', icon: 'open', group: 0, maximum: 1, run: (target) => withSingle(target, page.open) },
    { name: 'openTab', icon: 'newTab', group: 0, maximum: 1, run: (target) => withSingle(target, openTab) },
    { name: 'showInFolder', icon: 'folder', group: 0, maximum: 1, run: showInFolder },
    { name: 'copyPath', icon: 'copy', group: 1, maximum: MAX_COPIED, run: copyPaths },
    { name: 'copyPrompt', icon: 'prompt', group: 1, maximum: MAX_COPIED, run: copyPrompts },
    { name: 'download', icon: 'download', group: 1, maximum: MAX_DOWNLOADS, run: download },
    ...curationActions(page.curation),
  ]

  /** The action, with a notice for any error. */
  const withErrorNotice = (action: MediaAction): MediaAction => ({
    ...action,
    run: async (target) => {
      try {
        await action.run(target)
      } catch (error) {
        notices.show(errorText(error), true)
      }
    },
  })

  const all = actions.map(withErrorNotice)
  return computed(() => (session.canWrite ? all : all.filter((action) => action.writes !== true)))
}

const MAX_CURATED = 100_000
const MAX_FILES = 100_000

function curationActions(curation: Curation): readonly MediaAction[] {
  const openDialog = (dialog: CurationDialog) => (target: Target) => {
    curation.showDialog(dialog, target)
    return Promise.resolve()
  }
  const like = async (target: Target): Promise<void> => {
    await curation.like(target)
  }
  return [
    { name: 'like', icon: 'heart', group: 2, maximum: MAX_CURATED, writes: true, run: like },
    { name: 'tag', icon: 'tag', group: 2, maximum: MAX_CURATED, writes: true, run: openDialog('tag') },
    { name: 'album', icon: 'album', group: 2, maximum: MAX_CURATED, writes: true, run: openDialog('album') },
    { name: 'rename', icon: 'pencil', group: 3, maximum: 1, writes: true, run: openDialog('rename') },
    { name: 'moveTo', icon: 'moveTo', group: 3, maximum: MAX_FILES, writes: true, run: openDialog('moveTo') },
    { name: 'copyTo', icon: 'copy', group: 3, maximum: MAX_FILES, writes: true, run: openDialog('copyTo') },
    { name: 'trash', icon: 'trash', group: 4, maximum: MAX_FILES, writes: true, run: openDialog('trash') },
  ]
}
