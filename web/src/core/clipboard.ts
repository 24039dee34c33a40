/** Copies text to the clipboard and returns whether that succeeded. Works without TLS too, where the clipboard API is missing. */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
    }
  }
  return copyBySelection(text)
}

function copyBySelection(text: string): boolean {
  const previousFocus = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  document.body.append(area)
  area.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to copy without TLS
  const copied = document.execCommand('copy')
  area.remove()
  if (previousFocus instanceof HTMLElement) previousFocus.focus({ preventScroll: true })
  return copied
}
