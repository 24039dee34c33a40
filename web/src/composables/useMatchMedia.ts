import { onScopeDispose, ref, type Ref } from 'vue'

/** Narrower screens have no room for a sidebar or a panel next to the grid. */
export const NARROW = '(width <= 800px)'

export function useMatchMedia(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const matches = ref(list.matches)
  const update = (event: MediaQueryListEvent): void => {
    matches.value = event.matches
  }
  list.addEventListener('change', update)
  onScopeDispose(() => {
    list.removeEventListener('change', update)
  })
  return matches
}
