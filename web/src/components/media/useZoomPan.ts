import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'

import { clampZoom, initialZoom, nextZoom, zoomedAt, type Size, type Zoom } from '../../core/zoom'

const WHEEL_SPEED = 0.0016
const KEY_FACTOR = 1.4
const SWIPE_PIXELS = 60
const TAP_PIXELS = 6

export interface Gestures {
  swipe(direction: 'left' | 'right' | 'down'): void
}

/** Zooms and pans a picture with wheel, drag, pinch and double click. Reports swipes while the whole picture is visible. */
export function useZoomPan(stage: Ref<HTMLElement | null>, picture: Ref<Size>, gestures: Gestures) {
  const zoom = shallowRef<Zoom>({ scale: 1, x: 0, y: 0 })
  const size = shallowRef<Size>({ width: 0, height: 0 })
  const dragging = ref(false)
  const pointers = new Map<number, { x: number; y: number }>()
  let start = { x: 0, y: 0, time: 0 }

  const fit = computed(() => initialZoom(picture.value, size.value))
  const next = computed(() => nextZoom(zoom.value, picture.value, size.value, window.devicePixelRatio))
  const isFit = computed(() => Math.abs(zoom.value.scale / fit.value.scale - 1) < 0.01)

  function reset(): void {
    zoom.value = fit.value
  }

  function scaleTo(scale: number, point = { x: 0, y: 0 }): void {
    zoom.value = zoomedAt(zoom.value, scale, point, picture.value, size.value)
  }

  function fromCentre(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const bounds = stage.value?.getBoundingClientRect()
    if (bounds === undefined) return { x: 0, y: 0 }
    return { x: event.clientX - bounds.left - bounds.width / 2, y: event.clientY - bounds.top - bounds.height / 2 }
  }

  function toggle(point = { x: 0, y: 0 }): void {
    if (next.value.step === 'fit') reset()
    else scaleTo(next.value.scale, point)
  }

  function onWheel(event: WheelEvent): void {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? WHEEL_SPEED * 5 : WHEEL_SPEED))
    scaleTo(zoom.value.scale * factor, fromCentre(event))
  }

  function onPointerdown(event: PointerEvent): void {
    if (event.button !== 0) return
    stage.value?.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, fromCentre(event))
    if (pointers.size === 1) start = { ...fromCentre(event), time: performance.now() }
    dragging.value = true
  }

  function onPointermove(event: PointerEvent): void {
    const before = pointers.get(event.pointerId)
    if (before === undefined) return
    const now = fromCentre(event)
    if (pointers.size === 2) pinch(event.pointerId, before, now)
    else if (!isFit.value) {
      const { scale, x, y } = zoom.value
      zoom.value = clampZoom({ scale, x: x + now.x - before.x, y: y + now.y - before.y }, picture.value, size.value)
    }
    pointers.set(event.pointerId, now)
  }

  function pinch(id: number, before: { x: number; y: number }, now: { x: number; y: number }): void {
    for (const [otherId, other] of pointers) {
      if (otherId === id) continue
      const from = Math.hypot(before.x - other.x, before.y - other.y)
      const to = Math.hypot(now.x - other.x, now.y - other.y)
      if (from > 0) scaleTo(zoom.value.scale * (to / from), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 })
    }
    start.time = 0
  }

  function onPointerup(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId)) return
    dragging.value = pointers.size > 0
    const now = fromCentre(event)
    const moved = { x: now.x - start.x, y: now.y - start.y }
    if (pointers.size > 0 || start.time === 0 || !isFit.value) return
    if (Math.abs(moved.x) > SWIPE_PIXELS && Math.abs(moved.x) > 1.5 * Math.abs(moved.y)) {
      gestures.swipe(moved.x < 0 ? 'left' : 'right')
    } else if (event.pointerType === 'touch' && moved.y > SWIPE_PIXELS * 1.5) gestures.swipe('down')
  }

  function onPointercancel(event: PointerEvent): void {
    pointers.delete(event.pointerId)
    dragging.value = pointers.size > 0
  }

  function onDblclick(event: MouseEvent): void {
    if (Math.hypot(fromCentre(event).x - start.x, fromCentre(event).y - start.y) < TAP_PIXELS) toggle(fromCentre(event))
  }

  watch([picture, size], (_now, [pictureBefore]) => {
    const same = pictureBefore.width === picture.value.width
    zoom.value = same && !isFit.value ? clampZoom(zoom.value, picture.value, size.value) : fit.value
  })

  let observer: ResizeObserver | undefined
  onMounted(() => {
    if (stage.value === null) return
    const element = stage.value
    const measure = (): void => {
      const wasFit = isFit.value
      size.value = { width: element.clientWidth, height: element.clientHeight }
      if (wasFit) reset()
    }
    measure()
    reset()
    observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('wheel', onWheel, { passive: false })
  })
  onBeforeUnmount(() => {
    observer?.disconnect()
    stage.value?.removeEventListener('wheel', onWheel)
  })

  return {
    zoom,
    isFit,
    next,
    dragging,
    reset,
    toggle,
    zoomIn: () => {
      scaleTo(zoom.value.scale * KEY_FACTOR)
    },
    zoomOut: () => {
      scaleTo(zoom.value.scale / KEY_FACTOR)
    },
    handlers: {
      pointerdown: onPointerdown,
      pointermove: onPointermove,
      pointerup: onPointerup,
      pointercancel: onPointercancel,
      dblclick: onDblclick,
    },
  }
}
