import type { JustifiedLayout } from './justified'

export type Step = 'left' | 'right' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last'

/** The position of the focus after a step. Up and down go to the item below or above the middle of the current one. */
export function stepFrom(layout: JustifiedLayout, position: number, step: Step, viewport: number): number {
  const last = layout.total - 1
  if (last < 0) return -1
  switch (step) {
    case 'left':
      return Math.max(0, position - 1)
    case 'right':
      return Math.min(last, position + 1)
    case 'first':
      return 0
    case 'last':
      return last
    case 'up':
      return inRow(layout, position, layout.rowOf(position) - 1)
    case 'down':
      return inRow(layout, position, layout.rowOf(position) + 1)
    case 'pageUp':
      return inRow(layout, position, pageRow(layout, position, -viewport))
    case 'pageDown':
      return inRow(layout, position, pageRow(layout, position, viewport))
  }
}

function pageRow(layout: JustifiedLayout, position: number, distance: number): number {
  const row = layout.rowOf(position)
  const target = layout.rowAt(layout.rowTop(row) + distance)
  return target === row ? row + Math.sign(distance) : target
}

function inRow(layout: JustifiedLayout, position: number, row: number): number {
  if (row < 0 || row >= layout.rowCount) return position
  const current = layout.boxes(layout.rowOf(position)).find((box) => box.position === position)
  const middle = current === undefined ? 0 : current.x + current.width / 2
  const boxes = layout.boxes(row)
  let best = layout.rowStart(row)
  let distance = Infinity
  for (const box of boxes) {
    const offset = Math.abs(box.x + box.width / 2 - middle)
    if (offset < distance) {
      distance = offset
      best = box.position
    }
  }
  return best
}
