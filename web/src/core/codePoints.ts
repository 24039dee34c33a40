/** The server counts characters (code points), strings here count UTF-16 units: an emoji is one there and two here. */

/** Where the `points`-th character of the text begins. */
export function toUtf16Offset(text: string, points: number): number {
  let units = 0
  for (const character of text) {
    if (points-- <= 0) break
    units += character.length
  }
  return units
}

/** How many characters stand before this place. */
export const toCodePointOffset = (text: string, units: number): number => Array.from(text.slice(0, units)).length
