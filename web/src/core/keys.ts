/** Maps keys to actions. Users can replace every map. */
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

/** Shift with a movement key extends the selection; the grid handles that itself. */
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

/** Keys that work everywhere except in text fields. */
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

/** Keys for ratings, flags, tags and files, in the grid and in the viewer. */
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
  const byAction = new Map<Action, string[]>()
  for (const [name, action] of Object.entries<Action>(keys)) byAction.set(action, [...(byAction.get(action) ?? []), name])
  return [...byAction]
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

/** The labels of the keys of a chord: `['Ctrl', 'A']`. */
export function keyCaps(name: string): string[] {
  return (name === '+' ? ['+'] : name.split('+')).map((cap) => SIGNS[cap] ?? cap)
}

/** Name of a key press: `Ctrl+Shift+A`. The command key counts as Ctrl. Shift is left out for signs, such as `?`, that may need it. */
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

/** Whether a key press belongs to a menu or a dialog over the page. Those have the attribute `data-own-keys`. */
export function isInOverlay(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-own-keys]') !== null
}

/** Whether a key press belongs to a text field. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
