import type { Ref } from 'vue'

import { actionFor, type GridAction, type KeyMap } from '../../core/keys'
import type { Step } from '../../core/navigate'
import type { MediaItem } from '../../core/types'
import type { Selection } from '../../core/selection'
import type { PagedColumns } from './useColumnPages'
import type { GridFocus } from './useGridFocus'
import type { GridSelection } from './useGridSelection'

const STEPS: ReadonlySet<string> = new Set<Step>(['left', 'right', 'up', 'down', 'pageUp', 'pageDown', 'first', 'last'])
const SMALLEST = 60
const LARGEST = 640
const WHEEL_FACTOR = 1.1
const LONG_PRESS_MS = 450
/** A finger that moves further than this is scrolling. */
const LONG_PRESS_PIXELS = 10

interface Parts {
  readonly keys: () => KeyMap<GridAction>
  readonly rowHeight: () => number
  readonly selection: Ref<Selection>
  readonly marks: GridSelection
  readonly focus: GridFocus
  readonly columns: PagedColumns
  readonly open: (item: MediaItem) => void
  readonly menu: (item: MediaItem, event: MouseEvent) => void
  readonly resize: (rowHeight: number) => void
}

/** What keys, mouse, wheel and fingers do to a grid. */
export function useGridInput(parts: Parts) {
  const { marks, focus, columns } = parts
  let press: { timer: ReturnType<typeof setTimeout>; x: number; y: number } | null = null
  let swallowClick = false
  let opening = 0

  function positionAt(event: Event): number | null {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-position]') : null
    return cell === null ? null : Number(cell.dataset['position'])
  }

  /** Does something with the item at a position, at once or when its record has come. */
  async function withItem(position: number, act: (item: MediaItem) => void): Promise<void> {
    const item = columns.at(position) ?? (await columns.known(position))
    if (item !== null) act(item)
  }

  function toggle(position: number): void {
    void withItem(position, (item) => {
      marks.toggle(item)
    })
  }

  /** Of several that are asked for before their records have come, the last one opens. */
  function open(position: number): void {
    const turn = ++opening
    void withItem(position, (item) => {
      if (turn === opening) parts.open(item)
    })
  }

  function scale(factor: number): void {
    parts.resize(Math.round(Math.min(LARGEST, Math.max(SMALLEST, parts.rowHeight() * factor))))
  }

  async function move(step: Step, extend: boolean): Promise<void> {
    const before = focus.item()
    if (extend && parts.selection.value.anchor === null && before !== null) marks.toggle(before)
    await focus.step(step)
    if (extend) await marks.extendTo(focus.position.value)
  }

  function act(action: GridAction, extend: boolean): void {
    const position = focus.position.value
    if (STEPS.has(action)) void move(action as Step, extend)
    else if (action === 'open') open(position)
    else if (action === 'toggle') toggle(position)
    else if (action === 'selectAll') marks.all()
    else if (action === 'selectNone') marks.none()
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
    if (event.shiftKey) void marks.extendTo(position)
    else if (event.ctrlKey || event.metaKey || onCheck || all || ids.size > 0) toggle(position)
    // Not before the cell has the focus: what opens takes it from there, and gives it back.
    else void focused.then(() => {
      open(position)
    })
  }

  function onContextMenu(event: MouseEvent): void {
    const position = positionAt(event)
    if (position === null || event.shiftKey) return
    event.preventDefault()
    // A finger that rests has selected already.
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
