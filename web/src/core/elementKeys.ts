export interface GridCell {
  readonly position: number
  /** Null while the item is not loaded. */
  readonly id: number | null
}

/**
 * Vue keys for the cells of the grid. An element follows its item to a new position, and an element drawn before its item
 * loaded stays when the item arrives, so that neither the focus nor a running click is lost. Remembers only drawn cells.
 */
export class ElementKeys {
  private ids = new Map<number, number>()
  private positions = new Map<number, number>()
  private next = 0

  /** One unique key per cell, in order. */
  assign(cells: readonly GridCell[]): number[] {
    const ids = new Map<number, number>()
    const positions = new Map<number, number>()
    const keys = cells.map(({ position, id }) => {
      if (id === null) {
        const key = this.positions.get(position) ?? this.next++
        positions.set(position, key)
        return key
      }
      const key = ids.has(id) ? this.next++ : (this.ids.get(id) ?? this.positions.get(position) ?? this.next++)
      ids.set(id, key)
      return key
    })
    this.ids = ids
    this.positions = positions
    return keys
  }
}
