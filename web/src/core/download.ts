/** Makes the browser download a URL of the server. */
export function saveUrl(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
}

const REVOKE_MS = 30_000

export function saveText(text: string, name: string, type = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  saveUrl(url, name)
  // The browser reads the URL after the click.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, REVOKE_MS)
}
