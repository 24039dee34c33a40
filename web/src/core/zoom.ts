/** Scale of a picture and the offset (`x`, `y`) of its centre from the centre of the stage, in pixels. */
export interface Zoom {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

const MAX_SCALE = 16
/** The whole picture, as large as the stage allows. */
export function fitZoom(picture: Size, stage: Size): Zoom {
  if (picture.width <= 0 || picture.height <= 0 || stage.width <= 0) return { scale: 1, x: 0, y: 0 }
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, MAX_SCALE)
  return { scale, x: 0, y: 0 }
}

/** The zoom of a picture that was just opened: the whole picture, but a small one in its actual size, since larger it would only blur. */
export function initialZoom(picture: Size, stage: Size): Zoom {
  return { scale: Math.min(fitZoom(picture, stage).scale, 1), x: 0, y: 0 }
}

/** A zoom step enlarges the picture by at least this factor, so that the change is visible. */
const MIN_STEP = 1.25

export type ZoomStep = 'fit' | 'actual' | 'fill' | 'closer'

/**
 * The next step of the zoom toggle. From the initial zoom, a large picture goes to its actual size (one picture pixel per
 * screen pixel) and a small one fills the stage; where neither is larger, the scale doubles. From any other zoom, the
 * toggle goes back to the initial zoom.
 */
export function nextZoom(zoom: Zoom, picture: Size, stage: Size, pixelRatio: number): { step: ZoomStep; scale: number } {
  const initial = initialZoom(picture, stage).scale
  if (Math.abs(zoom.scale / initial - 1) > 0.01) return { step: 'fit', scale: initial }
  const actual = 1 / pixelRatio
  if (actual >= initial * MIN_STEP) return { step: 'actual', scale: actual }
  const full = fitZoom(picture, stage).scale
  if (full >= initial * MIN_STEP) return { step: 'fill', scale: full }
  return { step: 'closer', scale: initial * 2 }
}

/** Limits the offset: a large picture covers the stage, a small one stays centred. */
export function clampZoom(zoom: Zoom, picture: Size, stage: Size): Zoom {
  const roomX = Math.max(0, (picture.width * zoom.scale - stage.width) / 2)
  const roomY = Math.max(0, (picture.height * zoom.scale - stage.height) / 2)
  return { scale: zoom.scale, x: clampToRoom(zoom.x, roomX), y: clampToRoom(zoom.y, roomY) }
}

/** Zooms around a point, which keeps its place on screen. The point is relative to the centre of the stage. */
export function zoomedAt(zoom: Zoom, scale: number, point: { x: number; y: number }, picture: Size, stage: Size): Zoom {
  const minimum = initialZoom(picture, stage).scale
  const next = Math.min(Math.max(scale, minimum), MAX_SCALE)
  const ratio = next / zoom.scale
  return clampZoom({ scale: next, x: point.x - (point.x - zoom.x) * ratio, y: point.y - (point.y - zoom.y) * ratio }, picture, stage)
}

function clampToRoom(value: number, room: number): number {
  return Math.min(Math.max(value, -room), room)
}
