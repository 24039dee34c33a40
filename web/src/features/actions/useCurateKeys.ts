import { useHotkeys } from '../../composables/useHotkeys'
import { CURATE_KEYS, type CurateAction } from '../../core/keys'
import type { Target } from '../../core/actionTarget'
import { useDialogs } from '../../stores/dialogs'
import { useSession } from '../../stores/session'
import type { Curation } from './useCuration'

/** Stars, flags, tags and files by key, in the grid and in the viewer; nothing where the server is read-only. */
export function useCurateKeys(curation: Curation, target: () => Target | null): void {
  const dialogs = useDialogs()
  const session = useSession()
  const on = (act: (target: Target) => unknown) => (): void => {
    const wanted = target()
    if (wanted !== null && wanted.count > 0) act(wanted)
  }
  const onOne = (act: (target: Target) => unknown) => on((wanted) => (wanted.single === null ? undefined : act(wanted)))
  const rate = (stars: number) => on((wanted) => curation.rate(wanted, stars))
  const ask = (dialog: Parameters<Curation['ask']>[0]) =>
    on((wanted) => {
      curation.ask(dialog, wanted)
    })

  const actions: Record<CurateAction, () => void> = {
    rate0: rate(0),
    rate1: rate(1),
    rate2: rate(2),
    rate3: rate(3),
    rate4: rate(4),
    rate5: rate(5),
    pick: on((wanted) => curation.flag(wanted, 'pick')),
    reject: on((wanted) => curation.flag(wanted, 'reject')),
    unflag: on((wanted) => curation.flag(wanted, 'none')),
    like: on(curation.like),
    tag: ask('tag'),
    album: ask('album'),
    rename: onOne((wanted) => {
      curation.ask('rename', wanted)
    }),
    moveTo: ask('moveTo'),
    copyTo: ask('copyTo'),
    trash: ask('trash'),
    undo: () => void curation.undo(),
  }
  useHotkeys<CurateAction>(
    () => CURATE_KEYS,
    actions,
    () => session.canWrite && dialogs.open === null && !session.needsKey && curation.asking.value === null,
  )
}
