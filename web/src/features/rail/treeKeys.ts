/** Arrow keys in a nested list: up and down through what is visible, left and right fold and unfold. */
export function onTreeKeydown(event: KeyboardEvent): void {
  const tree = event.currentTarget
  const own = event.target instanceof HTMLElement ? event.target.closest('li') : null
  if (!(tree instanceof HTMLElement) || own === null) return
  const lines = [...tree.querySelectorAll<HTMLElement>('[data-line]')]
  const line = own.querySelector<HTMLElement>('[data-line]')
  const fold = own.querySelector<HTMLElement>('[data-fold]')
  const isOpen = fold?.getAttribute('aria-expanded') === 'true'
  const at = line === null ? -1 : lines.indexOf(line)
  if (event.key === 'ArrowDown') lines[at + 1]?.focus()
  else if (event.key === 'ArrowUp') lines[at - 1]?.focus()
  else if (event.key === 'ArrowRight' && fold !== null && !isOpen) fold.click()
  else if (event.key === 'ArrowRight' && isOpen) lines[at + 1]?.focus()
  else if (event.key === 'ArrowLeft' && isOpen) fold.click()
  else if (event.key === 'ArrowLeft') own.parentElement?.closest('li')?.querySelector<HTMLElement>('[data-line]')?.focus()
  else return
  event.preventDefault()
  event.stopPropagation()
}
