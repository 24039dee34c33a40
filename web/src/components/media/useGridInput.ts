import type { Ref } from 'vue'

import { actionFor, type GridAction, type KeyMap } from '../../core/keys'
import type { Step } from '../../core/navigate'
import type { MediaItem } from '../../core/types'
import type { Selection } from '../../core/selection'
import type { PagedColumns } from './useColumnPages'
import type { GridFocus } from './useGridFocus'
import type { GridSelection } from './useGridSelection'

const STEPS: ReadonlySet<string> = new Set<Step>(['left', 'right', 'up', 'down', 'pageUp', 'pageDown', 'first', 'last'])
const MIN_ROW_HEIGHT = 60
const MAX_ROW_HEIGHT = 640
const WHEEL_FACTOR = 1.1
const LONG_PRESS_MS = 450
/** A touch that moves further than this scrolls. */
const LONG_PRESS_PIXELS = 10

interface GridParts {
  readonly keys: () => KeyMap<GridAction>
  readonly rowHeight: () => number
  readonly selection: Ref<Selection>
  readonly gridSelection: GridSelection
  readonly focus: GridFocus
  readonly columns: PagedColumns
  readonly open: (item: MediaItem) => void
  readonly menu: (item: MediaItem, event: MouseEvent) => void
  readonly resize: (rowHeight: number) => void
}

/** Handles keyboard, mouse, wheel and touch input of a grid. */
export function useGridInput(parts: GridParts) {
  const { gridSelection, focus, columns } = parts
  let press: { timer: ReturnType<typeof setTimeout>; x: number; y: number } | null = null
  let swallowClick = false
  let latestOpen = 0

  function positionAt(event: Event): number | null {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-position]') : null
    return cell === null ? null : Number(cell.dataset['position'])
  }

  /** Calls `act` with the item at a position, as soon as the item is loaded. */
  async function withItem(position: number, act: (item: MediaItem) => void): Promise<void> {
    const item = columns.at(position) ?? (await columns.loaded(position))
    if (item !== null) act(item)
  }

  function toggle(position: number): void {
    void withItem(position, (item) => {
      gridSelection.toggle(item)
    })
  }

  /** When several items are opened before they are loaded, only the last one opens. */
  function open(position: number): void {
    const request = ++latestOpen
    void withItem(position, (item) => {
      if (request === latestOpen) parts.open(item)
    })
  }

  function scale(factor: number): void {
    parts.resize(Math.round(Math.min(MAX_ROW_HEIGHT, Math.max(MIN_ROW_HEIGHT, parts.rowHeight() * factor))))
  }

  async function move(step: Step, extend: boolean): Promise<void> {
    const before = focus.item()
    if (extend && parts.selection.value.anchor === null && before !== null) gridSelection.toggle(before)
    await focus.step(step)
    if (extend) await gridSelection.extendTo(focus.position.value)
  }

  function act(action: GridAction, extend: boolean): void {
    const position = focus.position.value
    if (STEPS.has(action)) void move(action as Step, extend)
    else if (action === 'open') open(position)
    else if (action === 'toggle') toggle(position)
    else if (action === 'selectAll') gridSelection.all()
    else if (action === 'selectNone') gridSelection.none()
    else if (action === 'larger' || action === 'smaller') scale(action === 'larger' ? WHEEL_FACTOR : 1 / WHEEL_FACTOR)
  }

  function onKeydown(event: KeyboardEvent): void {
    const action = actionFor(parts.keys(), event)
    const extended = action ?? actionFor(parts.keys(), { ...pressOf(event), shiftKey: false })
    if (extended === null || (action === null && !STEPS.has(extended))) return
    const { all, ids } = parts.selection.value
    if (extended === 'selectNone' && !all && ids.size === 0) return
    event.preventDefault()
    event.stopPropagation()
    act(extended, event.shiftKey)
  }

  function onClick(event: MouseEvent): void {
    const position = positionAt(event)
    if (position === null || swallowClick) {
      swallowClick = false
      return
    }
    const focused = focus.focus(position)
    const { all, ids } = parts.selection.value
    const onCheck = event.target instanceof Element && event.target.closest('[data-check]') !== null
    if (event.shiftKey) void gridSelection.extendTo(position)
    else if (event.ctrlKey || event.metaKey || onCheck || all || ids.size > 0) toggle(position)
    // Only once the cell has the focus: the viewer returns the focus to it when it closes.
    else void focused.then(() => {
      open(position)
    })
  }

  function onContextMenu(event: MouseEvent): void {
    const position = positionAt(event)
    if (position === null || event.shiftKey) return
    event.preventDefault()
    // A long press has already selected the item.
    if (event instanceof PointerEvent && event.pointerType === 'touch') return
    void focus.focus(position)
    void withItem(position, (item) => {
      parts.menu(item, event)
    })
  }

  function onWheel(event: WheelEvent): void {
    if (!event.ctrlKey) return
    event.preventDefault()
    scale(event.deltaY < 0 ? WHEEL_FACTOR : 1 / WHEEL_FACTOR)
  }

  function endPress(): void {
    if (press !== null) clearTimeout(press.timer)
    press = null
  }

  function onPointerdown(event: PointerEvent): void {
    swallowClick = false
    if (event.pointerType !== 'touch') return
    const position = positionAt(event)
    if (position === null) return
    const timer = setTimeout(() => {
      swallowClick = true
      toggle(position)
      void focus.focus(position)
    }, LONG_PRESS_MS)
    press = { timer, x: event.clientX, y: event.clientY }
  }

  function onPointermove(event: PointerEvent): void {
    if (press === null) return
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > LONG_PRESS_PIXELS) endPress()
  }

  return {
    keydown: onKeydown,
    click: onClick,
    contextmenu: onContextMenu,
    pointerdown: onPointerdown,
    pointermove: onPointermove,
    pointerup: endPress,
    pointercancel: endPress,
    wheel: onWheel,
  }
}

function pressOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent) {
  return { key, ctrlKey, metaKey, altKey, shiftKey }
}
