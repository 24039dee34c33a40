/** How a picture lies in its stage: `x`, `y` move its centre away from the centre of the stage. */
export interface Zoom {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

const LARGEST_SCALE = 16
/** All of the picture, as large as the stage allows. */
export function fitZoom(picture: Size, stage: Size): Zoom {
  if (picture.width <= 0 || picture.height <= 0 || stage.width <= 0) return { scale: 1, x: 0, y: 0 }
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, LARGEST_SCALE)
  return { scale, x: 0, y: 0 }
}

/** How a picture is first shown: whole, and a small one in its own size, since larger it would only be blurred. */
export function initialZoom(picture: Size, stage: Size): Zoom {
  return { scale: Math.min(fitZoom(picture, stage).scale, 1), x: 0, y: 0 }
}

/** There must be something to see: at least this much larger. */
const STEP = 1.25

export type ZoomChange = 'rest' | 'actual' | 'fill' | 'closer'

/**
 * Where the switch between sizes leads: from rest to what shows more, from anywhere else back to rest. A large picture
 * goes to one picture point per screen point, a small one fills the stage; where neither is larger, one looks closer.
 */
export function nextZoom(zoom: Zoom, picture: Size, stage: Size, pixelRatio: number): { turn: ZoomChange; scale: number } {
  const rest = initialZoom(picture, stage).scale
  if (Math.abs(zoom.scale / rest - 1) > 0.01) return { turn: 'rest', scale: rest }
  const actual = 1 / pixelRatio
  if (actual >= rest * STEP) return { turn: 'actual', scale: actual }
  const full = fitZoom(picture, stage).scale
  if (full >= rest * STEP) return { turn: 'fill', scale: full }
  return { turn: 'closer', scale: rest * 2 }
}

/** Keeps the edges of a large picture at or beyond the edges of the stage, and a small one centred. */
export function clampZoom(zoom: Zoom, picture: Size, stage: Size): Zoom {
  const roomX = Math.max(0, (picture.width * zoom.scale - stage.width) / 2)
  const roomY = Math.max(0, (picture.height * zoom.scale - stage.height) / 2)
  return { scale: zoom.scale, x: within(zoom.x, roomX), y: within(zoom.y, roomY) }
}

/** Zooms so that what lies under the point (counted from the centre of the stage) stays there. */
export function zoomedAt(zoom: Zoom, scale: number, point: { x: number; y: number }, picture: Size, stage: Size): Zoom {
  const least = initialZoom(picture, stage).scale
  const next = Math.min(Math.max(scale, least), LARGEST_SCALE)
  const ratio = next / zoom.scale
  return clampZoom({ scale: next, x: point.x - (point.x - zoom.x) * ratio, y: point.y - (point.y - zoom.y) * ratio }, picture, stage)
}

function within(value: number, room: number): number {
  return Math.min(Math.max(value, -room), room)
}
