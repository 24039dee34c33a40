/** Handles arrow keys in a nested list: up and down move through the visible lines, left and right collapse and expand. */
export function onTreeKeydown(event: KeyboardEvent): void {
  const tree = event.currentTarget
  const item = event.target instanceof HTMLElement ? event.target.closest('li') : null
  if (!(tree instanceof HTMLElement) || item === null) return
  const lines = [...tree.querySelectorAll<HTMLElement>('[data-line]')]
  const line = item.querySelector<HTMLElement>('[data-line]')
  const fold = item.querySelector<HTMLElement>('[data-fold]')
  const isOpen = fold?.getAttribute('aria-expanded') === 'true'
  const at = line === null ? -1 : lines.indexOf(line)
  if (event.key === 'ArrowDown') lines[at + 1]?.focus()
  else if (event.key === 'ArrowUp') lines[at - 1]?.focus()
  else if (event.key === 'ArrowRight' && fold !== null && !isOpen) fold.click()
  else if (event.key === 'ArrowRight' && isOpen) lines[at + 1]?.focus()
  else if (event.key === 'ArrowLeft' && isOpen) fold.click()
  else if (event.key === 'ArrowLeft') item.parentElement?.closest('li')?.querySelector<HTMLElement>('[data-line]')?.focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}
