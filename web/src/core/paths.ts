/** Paths of the server's machine, whichever kind it is. */

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))

export function baseName(path: string): string {
  const trimmed = path.replace(/[/\\]+$/, '')
  return trimmed.slice(lastSeparator(trimmed) + 1) || path
}

/** Whether a path is the folder or lies inside it. */
export function isInside(path: string, folder: string): boolean {
  if (path === folder) return true
  const base = folder.replace(/[/\\]+$/, '')
  const next = path.charAt(base.length)
  return path.startsWith(base) && (next === '/' || next === '\\')
}

export interface Crumb {
  readonly name: string
  readonly path: string
}

/** The folders from the root that holds the path down to it; only the path itself when no root does. */
export function crumbs(path: string, roots: readonly Crumb[]): Crumb[] {
  const holding = roots.filter((root) => isInside(path, root.path))
  const root = holding.reduce<Crumb | null>((best, next) => (best && best.path.length <= next.path.length ? best : next), null)
  if (root === null) return [{ name: baseName(path), path }]
  const found: Crumb[] = [root]
  for (let at = root.path.replace(/[/\\]+$/, '').length; at < path.length; ) {
    const rest = path.slice(at + 1).search(/[/\\]/)
    const end = rest < 0 ? path.length : at + 1 + rest
    if (end > at + 1) found.push({ name: path.slice(at + 1, end), path: path.slice(0, end) })
    at = end
  }
  return found
}
