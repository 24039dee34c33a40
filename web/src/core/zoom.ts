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
/** Small pictures are not blown up further than this to fill the stage. */
const LARGEST_FIT = 3

export function fitted(picture: Size, stage: Size): Zoom {
  if (picture.width <= 0 || picture.height <= 0 || stage.width <= 0) return { scale: 1, x: 0, y: 0 }
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, LARGEST_FIT)
  return { scale, x: 0, y: 0 }
}

/** Keeps the edges of a large picture at or beyond the edges of the stage, and a small one centred. */
export function held(zoom: Zoom, picture: Size, stage: Size): Zoom {
  const roomX = Math.max(0, (picture.width * zoom.scale - stage.width) / 2)
  const roomY = Math.max(0, (picture.height * zoom.scale - stage.height) / 2)
  return { scale: zoom.scale, x: within(zoom.x, roomX), y: within(zoom.y, roomY) }
}

/** Zooms so that what lies under the point (counted from the centre of the stage) stays there. */
export function zoomedAt(zoom: Zoom, scale: number, point: { x: number; y: number }, picture: Size, stage: Size): Zoom {
  const least = Math.min(fitted(picture, stage).scale, 1)
  const next = Math.min(Math.max(scale, least), LARGEST_SCALE)
  const ratio = next / zoom.scale
  return held({ scale: next, x: point.x - (point.x - zoom.x) * ratio, y: point.y - (point.y - zoom.y) * ratio }, picture, stage)
}

function within(value: number, room: number): number {
  return Math.min(Math.max(value, -room), room)
}
