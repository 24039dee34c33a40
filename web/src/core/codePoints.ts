/** The server counts code points, JavaScript strings count UTF-16 units: an emoji is one code point and two units. */

/** UTF-16 offset of the code point with this index. */
export function toUtf16Offset(text: string, codePoints: number): number {
  let units = 0
  for (const character of text) {
    if (codePoints-- <= 0) break
    units += character.length
  }
  return units
}

/** Number of code points before a UTF-16 offset. */
export const toCodePointOffset = (text: string, units: number): number => Array.from(text.slice(0, units)).length
