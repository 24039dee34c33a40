/** Keys to actions, as data: every map can be replaced by the user's own. */
export type KeyMap<Action extends string> = Readonly<Record<string, Action>>

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

export type GridAction =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'open'
  | 'toggle'
  | 'selectAll'
  | 'selectNone'
  | 'larger'
  | 'smaller'

/** Shift with a movement key extends the selection; that is the grid's business, not the map's. */
export const GRID_KEYS: KeyMap<GridAction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  Home: 'first',
  End: 'last',
  Enter: 'open',
  Space: 'open',
  S: 'toggle',
  'Ctrl+Space': 'toggle',
  'Ctrl+A': 'selectAll',
  Escape: 'selectNone',
  '+': 'larger',
  '-': 'smaller',
}

export type ViewerAction = 'previous' | 'next' | 'first' | 'last' | 'close' | 'info' | 'zoom' | 'zoomIn' | 'zoomOut' | 'fit'

export const VIEWER_KEYS: KeyMap<ViewerAction> = {
  ArrowLeft: 'previous',
  ArrowRight: 'next',
  PageUp: 'previous',
  PageDown: 'next',
  Home: 'first',
  End: 'last',
  Escape: 'close',
  I: 'info',
  Z: 'zoom',
  '+': 'zoomIn',
  '-': 'zoomOut',
  F: 'fit',
}

export type AppAction = 'search' | 'help' | 'info' | 'theme' | 'rail' | 'settings' | 'refresh'

/** Keys that work anywhere outside of fields. */
export const APP_KEYS: KeyMap<AppAction> = {
  '/': 'search',
  '?': 'help',
  I: 'info',
  D: 'theme',
  B: 'rail',
  ',': 'settings',
  R: 'refresh',
}

export type CurateAction =
  | `rate${0 | 1 | 2 | 3 | 4 | 5}`
  | 'pick'
  | 'reject'
  | 'unflag'
  | 'like'
  | 'tag'
  | 'album'
  | 'rename'
  | 'moveTo'
  | 'copyTo'
  | 'trash'
  | 'undo'

/** What people make of pictures: in the grid and in the viewer alike. */
export const CURATE_KEYS: KeyMap<CurateAction> = {
  '0': 'rate0',
  '1': 'rate1',
  '2': 'rate2',
  '3': 'rate3',
  '4': 'rate4',
  '5': 'rate5',
  P: 'pick',
  X: 'reject',
  U: 'unflag',
  L: 'like',
  T: 'tag',
  A: 'album',
  F2: 'rename',
  M: 'moveTo',
  'Shift+M': 'copyTo',
  Delete: 'trash',
  'Ctrl+Z': 'undo',
}

/** The keys of each action, in the order of the map. */
export function keysByAction<Action extends string>(keys: KeyMap<Action>): [Action, string[]][] {
  const found = new Map<Action, string[]>()
  for (const [name, action] of Object.entries<Action>(keys)) found.set(action, [...(found.get(action) ?? []), name])
  return [...found]
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Escape: 'Esc',
}

/** The names on the caps of a chord: `['Ctrl', 'A']`. */
export function keyCaps(name: string): string[] {
  return (name === '+' ? ['+'] : name.split('+')).map((cap) => SIGNS[cap] ?? cap)
}

/** `Ctrl+Shift+A`; the command key counts as Ctrl, Shift is not named for signs that need it. */
export function chord(press: KeyPress): string {
  const key = press.key === ' ' ? 'Space' : press.key.length === 1 ? press.key.toUpperCase() : press.key
  const isSign = press.key.length === 1 && press.key.toUpperCase() === press.key.toLowerCase() && press.key !== ' '
  const names = []
  if (press.ctrlKey || press.metaKey) names.push('Ctrl')
  if (press.altKey) names.push('Alt')
  if (press.shiftKey && !isSign) names.push('Shift')
  return [...names, key].join('+')
}

export function actionFor<Action extends string>(keys: KeyMap<Action>, press: KeyPress): Action | null {
  const name = chord(press)
  return Object.hasOwn(keys, name) ? (keys[name] ?? null) : null
}

/** Whether the key belongs to a menu or a dialog over the page; those carry the mark `data-own-keys`. */
export function isInOverlay(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-own-keys]') !== null
}

/** Whether the key belongs to a field the user is typing in. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
