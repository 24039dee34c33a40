import { NARROW, useMatchMedia } from '../../composables/useMatchMedia'
import { useHotkeys } from '../../composables/useHotkeys'
import { APP_KEYS, type AppAction } from '../../core/keys'
import { THEMES } from '../../core/preferences'
import { useDialogs } from '../../stores/dialogs'
import { usePreferences } from '../../stores/preferences'
import { useResults } from '../../stores/results'
import { useSession } from '../../stores/session'

/** Shortcuts that work while the viewer is open; the viewer has its own keys. */
const OVER_VIEWER: ReadonlySet<AppAction> = new Set(['help', 'theme'])

export function usePageKeys(page: { readonly focusSearch: () => void; readonly blocked: () => boolean }): void {
  const dialogs = useDialogs()
  const preferences = usePreferences()
  const results = useResults()
  const session = useSession()
  const narrow = useMatchMedia(NARROW)

  function nextTheme(): void {
    preferences.theme = THEMES[(THEMES.indexOf(preferences.theme) + 1) % THEMES.length] ?? 'auto'
  }

  function toggleInfo(): void {
    if (narrow.value) dialogs.sheet = !dialogs.sheet
    else preferences.panel = !preferences.panel
  }

  function toggleRail(): void {
    if (narrow.value) dialogs.drawer = !dialogs.drawer
    else preferences.rail = !preferences.rail
  }

  const actions: Record<AppAction, () => void> = {
    search: page.focusSearch,
    help: () => {
      dialogs.toggle('help')
    },
    info: toggleInfo,
    theme: nextTheme,
    rail: toggleRail,
    settings: () => {
      dialogs.toggle('settings')
    },
    refresh: () => void results.reload('query'),
  }

  /** The shortcuts that apply now: only a few while the viewer is open. */
  const allowed = () =>
    page.blocked() ? Object.fromEntries(Object.entries(APP_KEYS).filter(([, action]) => OVER_VIEWER.has(action))) : APP_KEYS

  useHotkeys<AppAction>(allowed, actions, () => dialogs.open === null && !session.needsKey)
}
