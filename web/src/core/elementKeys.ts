export interface GridCell {
  readonly position: number
  /** Null while the record is under way. */
  readonly id: number | null
}

/**
 * Which element shows which cell: an element follows its item, and one that was drawn before its record came keeps
 * its place when it comes, so that neither the keyboard's focus nor a click under way is lost. Only what is drawn is
 * remembered.
 */
export class ElementKeys {
  private ids = new Map<number, number>()
  private places = new Map<number, number>()
  private next = 0

  /** One key for each cell, in order; all different. */
  assign(cells: readonly GridCell[]): number[] {
    const ids = new Map<number, number>()
    const places = new Map<number, number>()
    const keys = cells.map(({ position, id }) => {
      if (id === null) {
        const key = this.places.get(position) ?? this.next++
        places.set(position, key)
        return key
      }
      const key = ids.has(id) ? this.next++ : (this.ids.get(id) ?? this.places.get(position) ?? this.next++)
      ids.set(id, key)
      return key
    })
    this.ids = ids
    this.places = places
    return keys
  }
}
