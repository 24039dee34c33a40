import { useHotkeys } from '../../composables/useHotkeys'
import { CURATE_KEYS, type CurateAction } from '../../core/keys'
import type { Target } from '../../core/actionTarget'
import type { Flag } from '../../core/types'
import { useDialogs } from '../../stores/dialogs'
import { useSession } from '../../stores/session'
import type { Curation, CurationDialog } from './useCuration'

/** Keyboard shortcuts for ratings, flags, tags and files, in the grid and in the viewer. Disabled on a read-only server. */
export function useCurateKeys(curation: Curation, target: () => Target | null): void {
  const dialogs = useDialogs()
  const session = useSession()
  const onTarget = (action: (target: Target) => unknown) => (): void => {
    const current = target()
    if (current !== null && current.count > 0) action(current)
  }
  const rate = (stars: number) => onTarget((current) => curation.rate(current, stars))
  const flag = (value: Flag) => onTarget((current) => curation.flag(current, value))
  const showDialog = (name: CurationDialog) =>
    onTarget((current) => {
      curation.showDialog(name, current)
    })

  const actions: Record<CurateAction, () => void> = {
    rate0: rate(0),
    rate1: rate(1),
    rate2: rate(2),
    rate3: rate(3),
    rate4: rate(4),
    rate5: rate(5),
    pick: flag('pick'),
    reject: flag('reject'),
    unflag: flag('none'),
    like: onTarget(curation.like),
    tag: showDialog('tag'),
    album: showDialog('album'),
    rename: onTarget((current) => {
      if (current.single !== null) curation.showDialog('rename', current)
    }),
    moveTo: showDialog('moveTo'),
    copyTo: showDialog('copyTo'),
    trash: showDialog('trash'),
    undo: () => void curation.undo(),
  }
  useHotkeys<CurateAction>(
    () => CURATE_KEYS,
    actions,
    () => session.canWrite && dialogs.open === null && !session.needsKey && curation.dialog.value === null,
  )
}
